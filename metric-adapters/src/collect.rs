//! Putting an answer together from what requests, tables or rows bring.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::bounded::{MAX_SERIES, too_long};
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
    places: BTreeMap<Labels, Place>,
    samples: Vec<Vec<Sample>>,
    notes: Vec<String>,
    outside: usize,
}

/// Where the samples of one label set go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(usize);

impl Collected {
    pub(crate) fn new(query: &RangeQuery) -> Self {
        Self {
            window: query.window,
            step: query.step,
            places: BTreeMap::new(),
            samples: Vec::new(),
            notes: Vec::new(),
            outside: 0,
        }
    }

    /// Adds samples of one label set, in any order. What speaks for time outside of the query's window is counted and
    /// left out: parts of buckets at the window's edges, and samples a store has moved.
    ///
    /// # Errors
    /// There are too many series.
    pub(crate) fn add(
        &mut self,
        labels: Labels,
        samples: impl IntoIterator<Item = Sample>,
        stamp: Stamp,
    ) -> Result<(), QueryError> {
        let place = self.place(labels)?;
        self.put(place, samples, stamp);
        Ok(())
    }

    /// Where the samples of a label set go.
    ///
    /// # Errors
    /// There are too many series.
    pub(crate) fn place(&mut self, labels: Labels) -> Result<Place, QueryError> {
        if let Some(place) = self.places.get(&labels) {
            return Ok(*place);
        }
        if self.samples.len() >= MAX_SERIES {
            return Err(QueryError::TooMuchData {
                detail: too_long(MAX_SERIES),
            });
        }
        let place = Place(self.samples.len());
        self.samples.push(Vec::new());
        self.places.insert(labels, place);
        Ok(place)
    }

    /// As [`add`](Self::add), to a place found before.
    pub(crate) fn put(
        &mut self,
        Place(place): Place,
        samples: impl IntoIterator<Item = Sample>,
        stamp: Stamp,
    ) {
        let series = &mut self.samples[place];
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
        let Place(place) = self.places.get(labels)?;
        self.samples[*place].iter().map(|sample| sample.at).max()
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
        for (labels, Place(place)) in &self.places {
            let samples = &mut self.samples[*place];
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
        let all = self.samples.iter().flatten();
        let moved = all
            .filter(|sample| (sample.at.as_millisecond() - start) % width != 0)
            .count();
        if moved > 0 {
            self.notes.push(format!(
                "{moved} samples are not at the instants asked for: the store has them at times of its own"
            ));
        }
        let series = self.places.into_iter().map(|(labels, Place(place))| {
            let samples = std::mem::take(&mut self.samples[place]);
            crate::Series { labels, samples }
        });
        let series = series.filter(|series| !series.samples.is_empty()).collect();
        Ok(Answer {
            series,
            notes: self.notes,
            step,
        })
    }
}
