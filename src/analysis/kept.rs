//! Answers about times that are over, kept for whoever asks the same next: the earlier windows of a before-after comparison,
//! the same run once more.

use std::{fmt, mem::size_of, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};
use serinus_adapters::{RangeQuery, Sample, Series};

/// Stores repair and back-fill their history now and then, so no answer is believed for ever.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// The answers kept, up to a number of samples in all.
pub(super) struct KeptAnswers(Cache<Key, Kept, InSamples>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    account: String,
    query: RangeQuery,
}

#[derive(Debug, Clone)]
struct Kept {
    series: Arc<[Series]>,
    since: Timestamp,
}

/// How much memory an answer takes, as the number of samples that would take as much.
#[derive(Debug, Clone)]
struct InSamples;

impl InSamples {
    /// An entry of the cache, besides what it refers to.
    const ENTRY: usize = 16;
    /// A series besides its samples and the text of its labels: mostly a node of the tree that labels stand in.
    const SERIES: usize = 24;
}

impl Weighter<Key, Kept> for InSamples {
    fn weight(&self, key: &Key, kept: &Kept) -> u64 {
        let text_of = |series: &Series| {
            let labels = series.labels.0.iter();
            labels
                .map(|(name, value)| name.len() + value.len())
                .sum::<usize>()
        };
        let text = key.query.text.len() + kept.series.iter().map(text_of).sum::<usize>();
        let samples = kept
            .series
            .iter()
            .map(|one| one.samples.len())
            .sum::<usize>();
        let series = Self::SERIES * kept.series.len();
        (Self::ENTRY + series + samples + text / size_of::<Sample>()) as u64
    }
}

impl KeptAnswers {
    /// Keeps about as many samples; the answers that are least asked for make room.
    pub(super) fn up_to(samples: usize) -> Self {
        // One shard: with more, each would hold a part of the samples, and no answer larger than that.
        let options = OptionsBuilder::new()
            .shards(1)
            .weight_capacity(samples as u64)
            .estimated_items_capacity((samples / 100).min(1_000))
            .build()
            .expect("both capacities are given");
        let hasher = DefaultHashBuilder::default();
        Self(Cache::with_options(
            options,
            InSamples,
            hasher,
            DefaultLifecycle::default(),
        ))
    }

    /// The series of an earlier answer of this account to this query.
    pub(super) fn get(
        &self,
        account: &str,
        query: &RangeQuery,
        now: Timestamp,
    ) -> Option<Arc<[Series]>> {
        let key = Key {
            account: account.to_owned(),
            query: query.clone(),
        };
        let kept = self.0.get(&key)?;
        (now.duration_since(kept.since).abs() <= LIFETIME).then_some(kept.series)
    }

    /// Keeps a complete answer. One without data, or that ends before its window, is not kept: what is missing may come.
    pub(super) fn keep(
        &self,
        account: &str,
        query: &RangeQuery,
        series: &Arc<[Series]>,
        now: Timestamp,
    ) {
        let ends = series.iter().map(|one| one.samples.last());
        let newest = ends.clone().flatten().map(|sample| sample.at).max();
        let reaches_the_end = newest.is_some_and(|newest| {
            query.window.end().duration_since(newest) < query.step.as_duration()
        });
        if !reaches_the_end || ends.into_iter().any(|end| end.is_none()) {
            return;
        }
        let key = Key {
            account: account.to_owned(),
            query: query.clone(),
        };
        let kept = Kept {
            series: series.clone(),
            since: now,
        };
        self.0.insert(key, kept);
    }
}

impl fmt::Debug for KeptAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptAnswers({} samples)", self.0.weight())
    }
}

#[cfg(test)]
mod tests {
    use serinus_adapters::{Labels, Step, Window};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn query(text: &str) -> RangeQuery {
        RangeQuery {
            text: text.to_owned(),
            window: Window::new(at(60), at(600)).unwrap(),
            step: Step::try_from(SignedDuration::from_mins(1)).unwrap(),
        }
    }

    fn series(samples: usize) -> Arc<[Series]> {
        until(600, samples)
    }

    /// A series whose last sample is at this second.
    fn until(second: i64, samples: usize) -> Arc<[Series]> {
        let sample = Sample {
            at: at(second),
            value: 1.0,
        };
        let labels = Labels::default();
        let samples = vec![sample; samples];
        [Series { labels, samples }].into()
    }

    #[test]
    fn an_answer_is_for_its_account_query_and_hour() {
        let kept = KeptAnswers::up_to(1000);
        kept.keep("a", &query("x"), &series(10), at(0));
        assert_eq!(kept.get("a", &query("x"), at(3600)), Some(series(10)));
        assert_eq!(kept.get("a", &query("x"), at(3601)), None);
        assert_eq!(kept.get("b", &query("x"), at(0)), None);
        assert_eq!(kept.get("a", &query("y"), at(0)), None);
        let window = Window::new(at(60), at(660)).unwrap();
        let later = RangeQuery {
            window,
            ..query("x")
        };
        assert_eq!(kept.get("a", &later, at(0)), None);
    }

    #[test]
    fn nothing_is_kept_of_an_answer_that_may_grow() {
        let kept = KeptAnswers::up_to(1000);
        let half = [series(1), series(0)].concat().into();
        for growing in [Arc::from([]), series(0), half, until(540, 9)] {
            kept.keep("a", &query("x"), &growing, at(0));
            assert_eq!(kept.get("a", &query("x"), at(0)), None, "{growing:?}");
        }
        kept.keep("a", &query("x"), &until(541, 9), at(0));
        assert_eq!(kept.get("a", &query("x"), at(0)), Some(until(541, 9)));
    }

    #[test]
    fn the_samples_in_all_are_bounded() {
        let kept = KeptAnswers::up_to(1000);
        for index in 0..500 {
            kept.keep("a", &query(&format!("x{index}")), &series(90), at(0));
            assert!(kept.0.weight() <= 1000, "{kept:?}");
        }
        assert!(kept.0.weight() > 500, "{kept:?}");
        // One that is larger than everything allowed finds no place.
        kept.keep("a", &query("large"), &series(1001), at(0));
        assert_eq!(kept.get("a", &query("large"), at(0)), None);
    }
}
