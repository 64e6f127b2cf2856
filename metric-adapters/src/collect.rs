//! Putting an answer together from what requests, tables or rows bring.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{Answer, Labels, QueryError, RangeQuery, Sample, Step, Window};

/// Which time a store writes next to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// The instant the value belongs to, or the end of the time it sums up.
    End,
    /// The beginning of the time it sums up, which is so long.
    Start(Step),
}

/// The series of an answer while they arrive.
#[derive(Debug)]
pub(crate) struct Collected {
    window: Window,
    step: Step,
    series: BTreeMap<Labels, Vec<Sample>>,
    notes: Vec<String>,
    outside: usize,
}

impl Collected {
    pub(crate) fn new(query: &RangeQuery) -> Self {
        Self {
            window: query.window,
            step: query.step,
            series: BTreeMap::new(),
            notes: Vec::new(),
            outside: 0,
        }
    }

    /// Adds samples of one label set, in any order. What speaks for time outside of the query's window is counted and
    /// left out: parts of buckets at the window's edges, and samples a store has moved.
    pub(crate) fn add(
        &mut self,
        labels: Labels,
        samples: impl IntoIterator<Item = Sample>,
        stamp: Stamp,
    ) {
        let series = self.series.entry(labels).or_default();
        for Sample { at, value } in samples {
            let end = match stamp {
                Stamp::End => Some(at),
                Stamp::Start(length) => {
                    let first = at.as_millisecond() >= self.window.covered_from_ms(self.step);
                    let end = at.checked_add(length.as_duration()).ok();
                    end.filter(|_| first)
                }
            };
            match end {
                Some(at) if self.window.contains(at) => series.push(Sample { at, value }),
                Some(_) | None => self.outside += 1,
            }
        }
    }

    /// The latest instant a label set has a sample for.
    pub(crate) fn last(&self, labels: &Labels) -> Option<Timestamp> {
        self.series
            .get(labels)?
            .iter()
            .map(|sample| sample.at)
            .max()
    }

    /// Adds a note, once.
    pub(crate) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The answer, whose samples are on `step`.
    ///
    /// # Errors
    /// A label set has two values for one instant: which of them was meant cannot be guessed.
    pub(crate) fn finish(mut self, step: Step) -> Result<Answer, QueryError> {
        for (labels, samples) in &mut self.series {
            samples.sort_by_key(|sample| sample.at);
            if let Some(pair) = samples.windows(2).find(|pair| pair[0].at == pair[1].at) {
                return Err(QueryError::InvalidQuery {
                    detail: format!(
                        "{labels} has several values at {}; aggregate them, or group by what tells them apart",
                        pair[0].at
                    ),
                });
            }
        }
        if self.outside > 0 {
            let note = format!("{} samples outside the window were left out", self.outside);
            self.notes.push(note);
        }
        let (start, width) = (self.window.start_ms(), self.step.as_millis());
        let all = self.series.values().flatten();
        let moved = all
            .filter(|sample| (sample.at.as_millisecond() - start) % width != 0)
            .count();
        if moved > 0 {
            self.notes.push(format!(
                "{moved} samples are not at the instants asked for: the store has them at times of its own"
            ));
        }
        let series = self.series.into_iter();
        let series = series
            .filter(|(_, samples)| !samples.is_empty())
            .map(|(labels, samples)| crate::Series { labels, samples })
            .collect();
        Ok(Answer {
            series,
            notes: self.notes,
            step,
        })
    }
}
