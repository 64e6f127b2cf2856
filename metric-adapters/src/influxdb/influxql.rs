//! Queries in `InfluxQL`, and the JSON of `/query`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::statement::{Span, Statement, invalid, squashed};
use crate::bounded::Bounded;
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::{Labels, QueryError, RangeQuery, Sample, instant};

/// Puts the time into a query.
///
/// # Errors
/// When the query is not one SELECT: servers of version 1 carry out whatever they are sent, `DROP DATABASE` and `SELECT .. INTO` included.
/// When it does not use the time, or groups by another time than the step: such a sum would be compared with others
/// of another length.
pub(super) fn statement(query: &RangeQuery) -> Result<Statement, QueryError> {
    let words = squashed(&query.text);
    // Anywhere: where strings, regular expressions and comments end is for the server to say.
    let writes = query
        .text
        .split(|character: char| !character.is_alphanumeric() && character != '_')
        .any(|word| word.eq_ignore_ascii_case("into"));
    if !words.starts_with("select") || words.contains(';') || writes {
        return Err(invalid(
            "the query is not one SELECT without a semicolon and the word INTO anywhere",
        ));
    }
    if !query.text.contains("$timeFilter") {
        return Err(invalid(
            "the query has no `$timeFilter`: write `WHERE $timeFilter AND ..`",
        ));
    }
    let step = query.step.as_millis();
    let offset = Span::of_buckets(query).offset_ms(query.step);
    let interval = match offset {
        0 => format!("{step}ms"),
        offset => format!("{step}ms, {offset}ms"),
    };
    let text = query.text.replace("$interval", &interval);
    let stamp = match grouping(&squashed(&text)) {
        None => Stamp::End,
        Some(Some(millis)) if millis == step => Stamp::Start(query.step),
        Some(_) => {
            return Err(invalid(format!(
                "the query groups by another time than the step of {}: write `GROUP BY time($interval)`",
                query.step
            )));
        }
    };
    let span = match stamp {
        Stamp::Start(_) => Span::of_buckets(query),
        Stamp::End => Span::of_samples(query),
    };
    let filter = format!("time >= {}ms AND time < {}ms", span.from, span.before);
    Ok(Statement {
        text: text.replace("$timeFilter", &filter),
        stamp,
    })
}

/// The length in `GROUP BY time(..)`, in milliseconds: nothing if there is no such grouping, nothing inside if the
/// length is not to be read. Of several the last counts, which is the one of the outermost query.
fn grouping(squashed: &str) -> Option<Option<i64>> {
    let (before, after) = squashed.rsplit_once("time(")?;
    if !before.ends_with([',', 'y']) {
        return grouping(before);
    }
    let length = after.split([',', ')']).next().unwrap_or_default();
    Some(duration_ms(length))
}

/// A duration such as `90s` or `1m30s`, in milliseconds.
fn duration_ms(mut text: &str) -> Option<i64> {
    const UNITS: [(&str, i64); 6] = [
        ("ms", 1),
        ("s", 1000),
        ("m", 60_000),
        ("h", 3_600_000),
        ("d", 86_400_000),
        ("w", 604_800_000),
    ];
    let mut total = 0_i64;
    while !text.is_empty() {
        let digits = text.find(|character: char| !character.is_ascii_digit())?;
        let (number, rest) = text.split_at(digits);
        let (unit, millis) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(*millis)?)?;
        text = &rest[unit.len()..];
    }
    Some(total)
}

#[derive(Deserialize)]
struct Body {
    results: Bounded<Outcome, 100>,
}

#[derive(Deserialize)]
pub(super) struct Outcome {
    /// The place of the statement in the request.
    statement_id: Option<usize>,
    #[serde(default)]
    series: Bounded<WireSeries>,
    error: Option<String>,
    #[serde(default)]
    partial: bool,
}

impl Outcome {
    fn is_partial(&self) -> bool {
        self.partial || self.series.0.iter().any(|series| series.partial)
    }
}

#[derive(Deserialize)]
struct WireSeries {
    #[serde(default)]
    name: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    columns: Vec<String>,
    #[serde(default)]
    values: Vec<Vec<Cell>>,
    #[serde(default)]
    partial: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Cell {
    Number(f64),
    Gap(()),
    Other(IgnoredAny),
}

/// Reads an answer that was asked for with `epoch=ms`.
pub(super) fn read(
    reply: &Reply,
    stamp: Stamp,
    collected: &mut Collected,
) -> Result<(), QueryError> {
    collect(reply, outcome(reply)?, stamp, collected)
}

/// Adds the series of a statement's result.
pub(super) fn collect(
    reply: &Reply,
    outcome: Outcome,
    stamp: Stamp,
    collected: &mut Collected,
) -> Result<(), QueryError> {
    for series in outcome.series.0 {
        add(reply, series, stamp, collected)?;
    }
    Ok(())
}

/// Looks for errors in an answer whose rows do not matter.
pub(super) fn verify(reply: &Reply) -> Result<(), QueryError> {
    outcome(reply).map(|_| ())
}

/// The results of so many statements, in their order; `None` for one with an error, or that the server did not get to the
/// end of.
///
/// # Errors
/// When the results are not one for each statement: then the server has read other statements than were meant.
pub(super) fn outcomes(reply: &Reply, count: usize) -> Result<Vec<Option<Outcome>>, QueryError> {
    let mut outcomes: Vec<_> = (0..count).map(|_| None).collect();
    let results = results(reply)?;
    if results.len() != count {
        return Err(not_one_for_each(reply, results.len(), count));
    }
    let mut seen = vec![false; count];
    for outcome in results {
        let number = outcome.statement_id.filter(|number| *number < count);
        let Some(number) = number.filter(|number| !std::mem::replace(&mut seen[*number], true))
        else {
            return Err(reply.malformed("results of other statements than were sent"));
        };
        outcomes[number] = (outcome.error.is_none() && !outcome.is_partial()).then_some(outcome);
    }
    Ok(outcomes)
}

/// The result of the one statement. Errors come with status 200.
fn outcome(reply: &Reply) -> Result<Outcome, QueryError> {
    let [outcome] = <[Outcome; 1]>::try_from(results(reply)?)
        .map_err(|several| not_one_for_each(reply, several.len(), 1))?;
    if let Some(error) = &outcome.error {
        return Err(failure(reply, error));
    }
    if outcome.is_partial() {
        return Err(QueryError::TooMuchData {
            detail: reply.detail("the server cut the answer off at its limit of rows"),
        });
    }
    Ok(outcome)
}

fn results(reply: &Reply) -> Result<Vec<Outcome>, QueryError> {
    if !reply.status.is_success() {
        return Err(reply.failure(&reply.said()));
    }
    let body: Body = reply.json("an answer of InfluxDB's query API")?;
    Ok(body.results.0)
}

fn not_one_for_each(reply: &Reply, results: usize, statements: usize) -> QueryError {
    let detail = format!("{results} results, where each of {statements} statements has one");
    invalid(reply.detail(&detail))
}

/// An error inside of a successful reply.
fn failure(reply: &Reply, error: &str) -> QueryError {
    let detail = reply.detail(error);
    if error.contains("max-select-") || error.contains("max-concurrent") {
        QueryError::TooMuchData { detail }
    } else if error.contains("timeout") {
        QueryError::Timeout { detail }
    } else {
        QueryError::InvalidQuery { detail }
    }
}

/// Adds one series per column of values.
fn add(
    reply: &Reply,
    wire: WireSeries,
    stamp: Stamp,
    collected: &mut Collected,
) -> Result<(), QueryError> {
    let Some(("time", fields)) = wire
        .columns
        .split_first()
        .map(|(first, rest)| (first.as_str(), rest))
    else {
        return Err(invalid(reply.detail(
            "the query returns no column `time`; it selects values from a measurement",
        )));
    };
    let mut columns = vec![Vec::new(); fields.len()];
    for row in wire.values {
        let mut cells = row.into_iter();
        let Some(at) = cells.next().and_then(time) else {
            return Err(reply.malformed("a row without a time"));
        };
        if cells.len() != fields.len() {
            return Err(reply.malformed("a row with another number of cells than columns"));
        }
        for ((cell, column), field) in cells.zip(&mut columns).zip(fields) {
            match cell {
                Cell::Number(value) => column.push(Sample { at, value }),
                Cell::Gap(()) => {}
                Cell::Other(_) => {
                    return Err(invalid(reply.detail(&format!(
                        "the column `{field}` holds no numbers; select it in GROUP BY or not at all"
                    ))));
                }
            }
        }
    }
    for (field, samples) in fields.iter().zip(columns) {
        let mut labels = wire.tags.clone();
        labels.insert("measurement".to_owned(), wire.name.clone());
        labels.insert("field".to_owned(), field.clone());
        collected.add(Labels(labels), samples, stamp)?;
    }
    Ok(())
}

fn time(cell: Cell) -> Option<Timestamp> {
    match cell {
        Cell::Number(millis) => instant::from_millis(millis),
        Cell::Gap(()) | Cell::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{duration_ms, grouping, squashed};

    #[test]
    fn the_outermost_grouping_is_found() {
        for (text, expected) in [
            ("SELECT x FROM cpu", None),
            ("SELECT x FROM cpu GROUP BY runtime(1m)", None),
            (
                "SELECT mean(x) FROM c GROUP BY time(1m)",
                Some(Some(60_000)),
            ),
            (
                "select mean(x) from c group by pod , Time ( 1m30s , 7s ) fill(none)",
                Some(Some(90_000)),
            ),
            (
                "SELECT max(m) FROM (SELECT mean(x) AS m FROM c GROUP BY time(10s)) GROUP BY time(1h)",
                Some(Some(3_600_000)),
            ),
            ("SELECT x FROM c GROUP BY time($__interval)", Some(None)),
        ] {
            assert_eq!(grouping(&squashed(text)), expected, "{text}");
        }
    }

    #[test]
    fn durations_are_read_to_the_millisecond() {
        for (text, expected) in [
            ("500ms", Some(500)),
            ("1m", Some(60_000)),
            ("1w1d", Some(691_200_000)),
            ("5", None),
            ("s", None),
            ("10u", None),
            ("99999999999999999999s", None),
            ("9999999999999999w", None),
        ] {
            assert_eq!(duration_ms(text), expected, "{text}");
        }
    }
}
