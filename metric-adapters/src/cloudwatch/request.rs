//! What `CloudWatch` is asked.

use serde_json::{Map, Value, json};

use crate::{QueryError, RangeQuery, Step};

/// Asks for a metric that nobody has.
pub(super) const CHECK: &str = r#"[{"Id": "check", "MetricStat": {
    "Metric": {"Namespace": "Serinus", "MetricName": "check"}, "Stat": "Average"}}]"#;

/// The body of a request, without the token of a later page.
///
/// # Errors
/// When the step is no period, or the text is not of a form this crate reads.
pub(super) fn body(query: &RangeQuery) -> Result<Map<String, Value>, QueryError> {
    let period = period(query.step)?;
    let text = query.text.replace("$interval", &period.to_string());
    let queries = if text.trim_start().starts_with('[') {
        let mut queries: Vec<Map<String, Value>> =
            serde_json::from_str(&text).map_err(|error| {
                invalid(format!("the query is no list of MetricDataQuery: {error}"))
            })?;
        for query in &mut queries {
            fit(query, period)?;
        }
        json!(queries)
    } else {
        json!([{"Id": "q", "Expression": text, "Period": period}])
    };
    let (from, to) = (
        query.window.covered_from_ms(query.step),
        query.window.end_ms(),
    );
    let mut body = Map::new();
    body.insert("MetricDataQueries".to_owned(), queries);
    body.insert("StartTime".to_owned(), seconds(from));
    body.insert("EndTime".to_owned(), seconds(to));
    body.insert("ScanBy".to_owned(), json!("TimestampAscending"));
    Ok(body)
}

/// The step in seconds, if `CloudWatch` has such a period.
fn period(step: Step) -> Result<i64, QueryError> {
    let seconds = step.as_millis() / 1000;
    let short = matches!(seconds, 1 | 5 | 10 | 20 | 30);
    if step.as_millis() % 1000 == 0 && (short || (seconds > 0 && seconds % 60 == 0)) {
        Ok(seconds)
    } else {
        Err(invalid(format!(
            "CloudWatch's periods are 1, 5, 10, 20 or 30 seconds or whole minutes, not {step}"
        )))
    }
}

/// Gives a query the step as its period.
///
/// # Errors
/// When it has another one: its values would not be those of the steps.
fn fit(query: &mut Map<String, Value>, period: i64) -> Result<(), QueryError> {
    let holder = match query.get_mut("MetricStat") {
        Some(Value::Object(stat)) => stat,
        Some(_) => return Err(invalid("a `MetricStat` is an object".to_owned())),
        None => query,
    };
    let own = holder.entry("Period").or_insert_with(|| json!(period));
    if *own == json!(period) {
        Ok(())
    } else {
        Err(invalid(format!(
            "a `Period` is {own} where the step is {period} seconds; leave it out"
        )))
    }
}

/// Seconds since 1970, without decimals where there are none.
fn seconds(millis: i64) -> Value {
    if millis % 1000 == 0 {
        json!(millis / 1000)
    } else {
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds of a time fit a double"
        )]
        let millis = millis as f64;
        json!(millis / 1000.0)
    }
}

fn invalid(detail: String) -> QueryError {
    QueryError::InvalidQuery { detail }
}
