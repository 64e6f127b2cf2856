//! Where a query leads: never out of the account's address.

use url::form_urlencoded;

use super::Stamp;
use crate::{QueryError, RangeQuery};

/// A path below the account's address, and a query string.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) path: String,
    pub(super) pairs: Vec<(String, String)>,
}

impl Target {
    /// Puts the time into a query's text and takes it apart.
    ///
    /// # Errors
    /// When the text is no plain relative path.
    pub(super) fn of(query: &RangeQuery, stamp: Stamp) -> Result<Self, QueryError> {
        let window = &query.window;
        let start = match stamp {
            Stamp::End => window.start_ms(),
            Stamp::Start => window.covered_from_ms(query.step),
        };
        let end = window.end_ms();
        let time = |millis| {
            jiff::Timestamp::from_millisecond(millis)
                .map(|at| at.to_string())
                .map_err(|_| invalid("the window lies outside of the calendar"))
        };
        let text = query
            .text
            .replace("$startSeconds", &start.div_euclid(1000).to_string())
            .replace("$endSeconds", &end.div_euclid(1000).to_string())
            .replace("$startMillis", &start.to_string())
            .replace("$endMillis", &end.to_string())
            .replace("$startTime", &time(start)?)
            .replace("$endTime", &time(end)?)
            .replace("$stepSeconds", &(query.step.as_millis() / 1000).to_string());
        Self::parse(&text)
    }

    /// Takes a path with a query string apart.
    pub(super) fn parse(text: &str) -> Result<Self, QueryError> {
        let (path, query) = text.trim().split_once('?').unwrap_or((text.trim(), ""));
        let plain =
            |character: char| character.is_ascii_graphic() && !matches!(character, '\\' | '#');
        if !path.chars().all(plain) || path.starts_with('/') {
            return Err(invalid(
                "the query is not a path such as `series/latency?app=shop`, relative to the account's url",
            ));
        }
        // An encoded dot still is one to the servers behind.
        let dots = |segment: &str| {
            let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
            matches!(decoded.as_str(), "." | "..")
        };
        if path.split('/').any(dots) {
            return Err(invalid("the query's path leads out of the account's url"));
        }
        Ok(Self {
            path: path.to_owned(),
            pairs: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        })
    }
}

fn invalid(detail: &str) -> QueryError {
    QueryError::InvalidQuery {
        detail: detail.to_owned(),
    }
}
