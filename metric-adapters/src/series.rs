//! What a store answers: labelled series of samples with their times.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use crate::Step;

/// The answer to one [`RangeQuery`](crate::RangeQuery).
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// One entry per label set, ordered by labels. No matching data is an empty list, never an error.
    pub series: Vec<Series>,
    /// What the store, or this crate, had to say about the answer: warnings, hints, signs of an incomplete result.
    pub notes: Vec<String>,
    /// The step the samples are really on, which some stores choose themselves.
    pub step: Step,
}

/// The samples of one label set.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What distinguishes this series from the others of the answer.
    pub labels: Labels,
    /// In order of time, at most one per instant. A missing sample is absent; NaN and the infinities are as stored.
    pub samples: Vec<Sample>,
}

/// One value at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// The instant the value belongs to: where it sums up a span of time, the span's end.
    pub at: Timestamp,
    /// The value, in the unit of the query.
    pub value: f64,
}

/// Label names and their values, ordered by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(pub BTreeMap<String, String>);

impl Labels {
    /// The value of one label, if the series has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// The form people know from Prometheus: `{pod="a", zone="b"}`.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (name, value)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{name}={value:?}")?;
        }
        f.write_str("}")
    }
}
