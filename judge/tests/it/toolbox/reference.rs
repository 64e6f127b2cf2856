//! The values `tests/reference/toolbox.py` made, and how to compare with them.

use std::sync::LazyLock;

use serde::Deserialize;
use serinus_judge::stats::{Alpha, Bounds, Inflation, Tail};

/// Ends of an interval; no number where it is unbounded.
pub(crate) type Ends = [Option<f64>; 2];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reference {
    pub(crate) two_samples: Vec<TwoSamples>,
    pub(crate) differences: Vec<Differences>,
    pub(crate) strata: Vec<Strata>,
    pub(crate) shares: Vec<Shares>,
    pub(crate) dispersions: Vec<Dispersion>,
    pub(crate) rates: Vec<Rates>,
    pub(crate) trends: Vec<Trend>,
    pub(crate) adjusted: Vec<[Vec<f64>; 2]>,
    pub(crate) detectable: Vec<Detectable>,
    pub(crate) means: Vec<RatioOfMeans>,
    pub(crate) quantiles: Vec<RatioOfQuantiles>,
    /// Differences and their two-sided p-value.
    pub(crate) sign_flips: Vec<(Vec<f64>, f64)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ByTail {
    pub(crate) two_sided: f64,
    pub(crate) upper: f64,
    pub(crate) lower: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TwoSamples {
    pub(crate) name: String,
    pub(crate) baseline: Vec<f64>,
    pub(crate) canary: Vec<f64>,
    pub(crate) u: f64,
    pub(crate) rank_sum: ByTail,
    pub(crate) estimate: f64,
    pub(crate) intervals: Vec<(f64, Option<f64>, Option<f64>)>,
    pub(crate) brunner_munzel: Option<(f64, f64)>,
    pub(crate) distance: f64,
    pub(crate) smirnov: Option<f64>,
}

#[derive(Deserialize)]
pub(crate) struct Differences {
    pub(crate) name: String,
    pub(crate) differences: Vec<f64>,
    pub(crate) tests: Vec<SignedRanks>,
    pub(crate) estimate: f64,
    pub(crate) intervals: Vec<(f64, Option<f64>, Option<f64>)>,
}

#[derive(Deserialize)]
pub(crate) struct SignedRanks {
    pub(crate) zeros: String,
    pub(crate) positive: f64,
    #[serde(flatten)]
    pub(crate) p: ByTail,
}

#[derive(Deserialize)]
pub(crate) struct Strata {
    pub(crate) name: String,
    pub(crate) strata: Vec<[Vec<f64>; 2]>,
    pub(crate) z: f64,
    pub(crate) p: f64,
}

#[derive(Deserialize)]
pub(crate) struct Shares {
    pub(crate) baseline: [f64; 2],
    pub(crate) canary: [f64; 2],
    pub(crate) inflation: f64,
    pub(crate) alpha: f64,
    pub(crate) wilson: [f64; 4],
    pub(crate) newcombe: [f64; 2],
    pub(crate) ratio: Ends,
    pub(crate) p: f64,
}

#[derive(Deserialize)]
pub(crate) struct Dispersion {
    pub(crate) baseline: Vec<[f64; 2]>,
    pub(crate) canary: Vec<[f64; 2]>,
    pub(crate) factor: f64,
}

#[derive(Deserialize)]
pub(crate) struct Rates {
    pub(crate) baseline: [f64; 2],
    pub(crate) canary: [f64; 2],
    pub(crate) alpha: f64,
    pub(crate) interval: Ends,
    pub(crate) p: ByTail,
}

#[derive(Deserialize)]
pub(crate) struct Trend {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) slope: f64,
    pub(crate) intervals: Vec<(f64, f64, f64)>,
    pub(crate) s: f64,
    pub(crate) z: f64,
    pub(crate) p: f64,
    pub(crate) variance: f64,
}

#[derive(Deserialize)]
pub(crate) struct Detectable {
    pub(crate) parts: Vec<(usize, f64)>,
    pub(crate) inflation: f64,
    pub(crate) alpha: f64,
    pub(crate) power: f64,
    pub(crate) change: f64,
}

#[derive(Deserialize)]
pub(crate) struct RatioOfMeans {
    pub(crate) name: String,
    pub(crate) baseline: Vec<f64>,
    pub(crate) canary: Vec<f64>,
    pub(crate) sampling: String,
    pub(crate) inflation: f64,
    pub(crate) alpha: f64,
    pub(crate) ratio: f64,
    pub(crate) interval: Ends,
}

#[derive(Deserialize)]
pub(crate) struct RatioOfQuantiles {
    pub(crate) name: String,
    pub(crate) baseline: Vec<f64>,
    pub(crate) canary: Vec<f64>,
    pub(crate) q: f64,
    pub(crate) alpha: f64,
    pub(crate) ratio: f64,
    pub(crate) interval: Ends,
}

pub(crate) static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../reference/toolbox.json")).unwrap());

impl ByTail {
    pub(crate) fn each(&self) -> [(Tail, f64); 3] {
        [
            (Tail::TwoSided, self.two_sided),
            (Tail::Upper, self.upper),
            (Tail::Lower, self.lower),
        ]
    }
}

pub(crate) fn alpha(alpha: f64) -> Alpha {
    Alpha::new(alpha).unwrap()
}

pub(crate) fn inflation(factor: f64) -> Inflation {
    Inflation::new(factor).unwrap()
}

/// Whether two numbers agree in about nine digits: the error function of `statrs` is good to ten.
pub(crate) fn close(number: f64, expected: f64) -> bool {
    (number - expected).abs() <= 1e-9 * expected.abs()
}

#[track_caller]
pub(crate) fn assert_close(number: f64, expected: f64, what: &str) {
    assert!(
        close(number, expected),
        "{what}: {number}, expected {expected}"
    );
}

#[track_caller]
pub(crate) fn assert_ends(bounds: Bounds, expected: Ends, what: &str) {
    let expected = Bounds {
        lower: expected[0].unwrap_or(f64::NEG_INFINITY),
        upper: expected[1].unwrap_or(f64::INFINITY),
    };
    let same = |end: f64, expected: f64| end == expected || close(end, expected);
    assert!(
        same(bounds.lower, expected.lower) && same(bounds.upper, expected.upper),
        "{what}: {bounds:?}, expected {expected:?}"
    );
}
