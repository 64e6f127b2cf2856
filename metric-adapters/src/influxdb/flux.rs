//! Queries in Flux.

use serde_json::{Value, json};

use jiff::Timestamp;

use super::statement::{Span, invalid, squashed};
use crate::collect::Stamp;
use crate::{QueryError, RangeQuery, Step};

/// The body of a query, and what the times in its answer will mean.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) body: Value,
    pub(super) stamp: Stamp,
}

/// Puts the time into a query, as the record `v` that the server's own dashboards use.
///
/// # Errors
/// When the query does not use it, makes windows of another length than the step, or the window asked for holds no
/// whole one of them.
pub(super) fn script(query: &RangeQuery) -> Result<Script, QueryError> {
    let words = squashed(&query.text);
    if !words.contains("v.timerangestart") || !words.contains("v.timerangestop") {
        return Err(invalid(
            "the query does not use the window: write `range(start: v.timeRangeStart, stop: v.timeRangeStop)`",
        ));
    }
    let windows = words.contains("window(");
    let every = [
        "every:v.windowperiod".to_owned(),
        format!("every:{}", query.step),
    ];
    if windows && !every.iter().any(|every| words.contains(every)) {
        return Err(invalid(format!(
            "the query's windows are not as long as the step of {}: write `every: v.windowPeriod`",
            query.step
        )));
    }
    let stamp = if windows && words.contains("timesrc:\"_start\"") {
        Stamp::Start(query.step)
    } else {
        Stamp::End
    };
    let span = if windows {
        Span::of_buckets(query)
    } else {
        Span::of_samples(query)
    };
    let offset = span.offset_ms(query.step);
    let span = if windows && !words.contains("offset:v.windowoffset") {
        whole_windows(&span, query.step)?
    } else {
        span
    };
    let body = json!({
        "query": query.text,
        "type": "flux",
        "extern": record(&span, query.step, offset)?,
        "dialect": dialect(),
    });
    Ok(Script { body, stamp })
}

/// A query that needs the organization and the credentials, and no data.
pub(super) fn probe() -> Value {
    json!({
        "query": "buckets() |> limit(n: 1)",
        "type": "flux",
        "dialect": dialect(),
    })
}

/// The part of a span that windows at multiples of the step fill: of a window that is cut off at the end of the range
/// nothing in the answer would tell.
fn whole_windows(span: &Span, step: Step) -> Result<Span, QueryError> {
    let step = step.as_millis();
    let from = span.from + (-span.from).rem_euclid(step);
    let before = span.before - span.before.rem_euclid(step);
    if from < before {
        return Ok(Span { from, before });
    }
    Err(invalid(
        "no whole window at a multiple of the step lies in the time asked for: write `offset: v.windowOffset`",
    ))
}

fn dialect() -> Value {
    json!({
        "header": true,
        "delimiter": ",",
        "annotations": ["datatype", "group", "default"],
        "commentPrefix": "#",
        "dateTimeFormat": "RFC3339Nano",
    })
}

/// `option v = {timeRangeStart: .., timeRangeStop: .., windowPeriod: .., windowOffset: ..}` as a syntax tree, so that
/// it can stand before the imports of the query.
fn record(span: &Span, step: Step, offset_ms: i64) -> Result<Value, QueryError> {
    let time = |millis: i64| {
        let at = Timestamp::from_millisecond(millis)
            .map_err(|_| invalid("the window lies outside of the calendar"))?;
        Ok::<_, QueryError>(json!({"type": "DateTimeLiteral", "value": at.to_string()}))
    };
    let duration = |millis: i64| json!({"type": "DurationLiteral", "values": [{"magnitude": millis, "unit": "ms"}]});
    let property = |name: &str, value: Value| json!({"type": "Property", "key": {"type": "Identifier", "name": name}, "value": value});
    let init = json!({
        "type": "ObjectExpression",
        "properties": [
            property("timeRangeStart", time(span.from)?),
            property("timeRangeStop", time(span.before)?),
            property("windowPeriod", duration(step.as_millis())),
            property("windowOffset", duration(offset_ms)),
        ],
    });
    let id = json!({"type": "Identifier", "name": "v"});
    let assignment = json!({"type": "VariableAssignment", "id": id, "init": init});
    let option = json!({"type": "OptionStatement", "assignment": assignment});
    Ok(json!({"type": "File", "package": null, "imports": null, "body": [option]}))
}
