//! Cases of samples that come as they are to be compared: nothing is put on a grid.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serinus_judge::{Design, Evidence, Observations, Reservation, Thresholds};

use super::{
    Case, Comparison, ConfigIdentity, MetricEvidence, SideEvidence, Sitting, Tolerance,
    case::About, evidence::known, gather::Gathered, work::reserved,
};
use crate::canary_config::CanaryConfig;

/// One side's samples in time order; NaN for none.
#[derive(Debug, Clone, Default)]
pub struct Array {
    /// When the first one was taken, if that is known.
    pub start: Option<Timestamp>,
    /// Milliseconds between two of them; 0 if that is not known.
    pub step_millis: i64,
    /// The samples.
    pub values: Vec<f64>,
    /// The query that they are an answer to, if that is known.
    pub query: Option<String>,
}

/// Both sides' samples for one metric.
#[derive(Debug, Clone, Default)]
pub struct ArrayPair {
    /// The baseline's.
    pub baseline: Array,
    /// The canary's.
    pub canary: Array,
}

/// The case of samples in the order of the config's metrics.
///
/// Two sides are paired only where both have the same start, step and length: a position is the same moment on both then.
pub fn case_of_arrays(
    application: String,
    config: Arc<CanaryConfig>,
    thresholds: Thresholds,
    pairs: Vec<ArrayPair>,
) -> Case {
    let metrics = config.metrics.iter().zip(pairs);
    let gathered = metrics.map(|(metric, pair)| gathered(metric.name.as_str(), pair));
    let gathered = gathered.collect();
    let about = About {
        application,
        labels: BTreeMap::new(),
        identity: ConfigIdentity::of(&config),
        config,
        thresholds,
    };
    Case::new(about, Sitting::default(), gathered)
}

impl ArrayPair {
    fn comparison(&self) -> Comparison {
        let (baseline, canary) = (&self.baseline, &self.canary);
        let same = baseline.start.is_some()
            && baseline.step_millis > 0
            && (baseline.start, baseline.step_millis) == (canary.start, canary.step_millis)
            && baseline.values.len() == canary.values.len();
        let (design, reason) = if same {
            (
                Design::Paired,
                "both sides have the same start, step and length",
            )
        } else {
            (
                Design::Independent,
                "the sides differ in start, step or length, or these are not known",
            )
        };
        Comparison {
            design,
            reason: reason.to_owned(),
        }
    }
}

fn gathered(metric: &str, pair: ArrayPair) -> Gathered {
    let comparison = pair.comparison();
    let side = |array: &Array| SideEvidence {
        start: array.start.unwrap_or(Timestamp::UNIX_EPOCH),
        step_millis: array.step_millis,
        values: known(&array.values),
        queries: array.query.iter().cloned().collect(),
        ..SideEvidence::empty()
    };
    let record = MetricEvidence {
        metric: metric.to_owned(),
        tolerance: Tolerance::default(),
        baseline: side(&pair.baseline),
        canary: side(&pair.canary),
        same_times: comparison.design == Design::Paired,
        explore: None,
        failure: None,
        history: Vec::new(),
        notes: Vec::new(),
        comparison: comparison.clone(),
    };
    let (baseline, canary) = (pair.baseline.values, pair.canary.values);
    let observed = match comparison.design {
        Design::Paired => Observations::paired(baseline, canary)
            .map_err(|error| Reservation::Failed(error.to_string())),
        Design::Independent
        | Design::BeforeAfter
        | Design::Replicas
        | Design::Strata
        | Design::Counts
        | Design::CanaryOnly => Ok(Observations::independent(baseline, canary)),
    };
    let evidence = match observed {
        Ok(observations) => Evidence::Observed(observations),
        Err(why) => reserved(why, None),
    };
    Gathered { evidence, record }
}
