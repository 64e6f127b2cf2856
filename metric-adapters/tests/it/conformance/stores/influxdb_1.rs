use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, covered_ms, header, owned, pairs, rows};
use crate::conformance::store::{
    Ending, Many, Missing, Nothing, Part, SECRET, Special, Spelled, Store, Together,
};
use crate::support::labels;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| {
            json!({
                "type": "influxdb", "version": 1, "database": "shop&cart", "retentionPolicy": "two weeks",
                "auth": {"type": "basic", "username": "ann", "password": secret},
            })
        },
        text: "SELECT mean(\"usage\") FROM \"cpu\" WHERE $timeFilter AND app = 'b+&c=\u{e9}' GROUP BY time($interval), pod",
        labels: |pod| labels(&[("field", "mean"), ("measurement", "cpu"), ("pod", pod)]),
        spell,
        request: |request, query| {
            let policy = [("rp", "two weeks")];
            assert_sent(request, &influxql(query), &policy);
        },
        check: |request| assert_sent(request, "SELECT nothing FROM serinus_check LIMIT 1", &[]),
        checked: || Spelled::json(&json!({"results": [{"statement_id": 0}]})),
        many: Many::Any,
        special: Special::None,
        ending: Ending::InBody,
    }
}

fn assert_sent(request: &Request, text: &str, further: &[(&str, &str)]) {
    let basic = format!("Basic {}", BASE64.encode(format!("ann:{SECRET}")));
    assert_head(request, "GET", "/query", ("authorization", &basic));
    assert_eq!(header(request, "accept"), "application/json");
    let mut expected = owned([("db", "shop&cart"), ("epoch", "ms"), ("q", text)]);
    expected.extend(
        further
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let query = request.url.query().unwrap();
    assert_eq!(pairs(query.as_bytes()), expected);
}

/// The query with its words for time replaced. Buckets of a minute are moved by what the window is.
pub(super) fn influxql(query: &RangeQuery) -> String {
    let (from, to) = covered_ms(query);
    let interval = match from % 60_000 {
        0 => "60000ms".to_owned(),
        offset => format!("60000ms, {offset}ms"),
    };
    let filter = format!("time >= {from}ms AND time < {to}ms");
    let text = query.text.replace("$interval", &interval);
    text.replace("$timeFilter", &filter)
}

/// As with `fill(null)`: a row for each bucket that any series has.
fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    spell_together(&[(0, series.to_vec())], query)
}

pub(in super::super) fn together() -> Together {
    Together {
        texts: [
            "SELECT mean(usage) FROM cpu WHERE $timeFilter AND app = 'a' GROUP BY time($interval), pod -- and",
            "SELECT mean(usage) FROM cpu WHERE $timeFilter AND app = 'c' GROUP BY time($interval), pod",
            "SELECT mean(usage) FROM cpu WHERE $timeFilter AND app = '\u{e9}' GROUP BY time($interval), pod",
        ],
        spell: spell_together,
        request: |request, batch| {
            let texts: Vec<_> = batch.queries().map(|query| influxql(&query)).collect();
            let policy = [("rp", "two weeks")];
            assert_sent(request, &texts.join("\n;\n"), &policy);
        },
        nothing: Nothing::NoData,
        missing: Missing::Refused,
    }
}

fn spell_together(parts: &[Part], query: &RangeQuery) -> Spelled {
    let results: Vec<_> = parts
        .iter()
        .map(|(number, series)| {
            let mut result = json!({"statement_id": number});
            if !series.is_empty() {
                result["series"] = result_of(series, query);
            }
            result
        })
        .collect();
    Spelled::json(&json!({"results": results}))
}

fn result_of(series: &[Series], query: &RangeQuery) -> Value {
    let every = rows(series);
    let series = series.iter().enumerate().map(|(column, series)| {
        let step = query.step.as_millis();
        let rows = every
            .iter()
            .map(|(end, row)| json!([end - step, row[column]]));
        json!({
            "name": "cpu", "tags": {"pod": series.labels.get("pod")},
            "columns": ["time", "mean"], "values": rows.collect::<Vec<_>>(),
        })
    });
    series.collect()
}
