use serde_json::json;

use super::influxdb_1::influxql;
use super::influxdb_3_sql::{assert_sent, spell};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};
use crate::support::labels;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| {
            json!({
                "type": "influxdb", "version": 3, "database": "shop", "language": "influxql",
                "auth": super::bearer(&secret),
            })
        },
        text: "SELECT mean(usage) FROM cpu WHERE $timeFilter GROUP BY time($interval), pod fill(null)",
        labels: |pod| labels(&[("field", "mean"), ("measurement", "cpu"), ("pod", pod)]),
        spell: |series, query| spell(series, query, &json!({"iox::measurement": "cpu"})),
        request: |request, query| {
            assert_sent(request, "/api/v3/query_influxql", &influxql(query));
        },
        check: |request| assert_sent(request, "/api/v3/query_sql", "SELECT 1 AS one"),
        checked: || Spelled::json(&json!([{"one": 1}])),
        many: Many::Any,
        special: Special::None,
        ending: Ending::InBody,
    }
}
