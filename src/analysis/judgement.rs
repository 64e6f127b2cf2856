//! Judging samples that come with the request: nothing is fetched, nothing is kept.

mod samples;

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serinus_judge::{Design, Evidence, Observations, Reservation, Side};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Array, KnownFormat, Object, RefOr, Schema, SchemaFormat, Type,
        schema::{ArrayItems, SchemaType},
    },
};

use self::samples::{OnGrid, grids};
use super::{
    Case, Comparison, ConfigIdentity, ConfigRef, Grid, MetricEvidence, Scorecard, Sitting,
    ThresholdsRequest, Tolerance,
    align::{Aligned, align},
    case::About,
    gather::Gathered,
    plan::MAX_SAMPLES,
    work::{reserved, work_not_given, work_problem},
};
use crate::canary_config::{
    CanaryConfig, ConfigLibrary, MetricConfig, MetricQuery, Mistake, Name, TimeDesign,
    escape_pointer,
};

/// A config and the samples of every metric in it.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JudgementRequest {
    /// The application, for the scorecard.
    #[serde(default)]
    pub application: Option<Name>,
    /// What to compare. Its queries and accounts are not used.
    pub config: ConfigRef,
    /// Thresholds in place of the config's.
    #[serde(default)]
    pub thresholds: Option<ThresholdsRequest>,
    /// The samples, by the names of the config's metrics; every metric needs an entry.
    pub metrics: BTreeMap<String, SamplePair>,
}

/// The samples of one metric.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SamplePair {
    /// The old version's samples; may be left out where the config compares the canary alone.
    #[serde(default)]
    pub baseline: Option<SideSamples>,
    /// The new version's samples.
    pub canary: SideSamples,
}

/// One side's samples: `samples` with their times, or `values` with a `start` and a `step`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SideSamples {
    /// Samples with their times, in any order.
    #[serde(default)]
    pub samples: Option<Vec<TimedSample>>,
    /// Values at equal distances, `null` for no sample.
    #[serde(default)]
    pub values: Option<Vec<Option<f64>>>,
    /// The time of the first of `values`.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start: Option<Timestamp>,
    /// The distance between two of `values`; without it the config's step.
    #[serde(
        deserialize_with = "crate::canary_config::duration::read_some",
        default
    )]
    #[schema(value_type = Option<String>, example = "60s")]
    pub step: Option<SignedDuration>,
    /// The work done in the window, where the config asks for a minimum.
    #[serde(default)]
    pub work: Option<f64>,
}

/// A time and a value: `["2026-01-01T00:00:00Z", 0.25]`; `null` for no sample.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
pub struct TimedSample(pub Timestamp, pub Option<f64>);

impl PartialSchema for TimedSample {
    fn schema() -> RefOr<Schema> {
        let time = Object::builder()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        let value = SchemaType::from_iter([Type::Number, Type::Null]);
        let value = Object::builder().schema_type(value);
        Array::builder()
            .items(ArrayItems::False)
            .prefix_items([Schema::from(time), Schema::from(value)])
            .min_items(Some(2))
            .description(Some("A time and a value; `null` for no sample."))
            .examples([json!(["2026-01-01T00:00:00Z", 0.25])])
            .into()
    }
}

impl ToSchema for TimedSample {}

/// Judges the samples of a request under a config of this library.
///
/// # Errors
/// Everything wrong with the request, each with a pointer into it.
pub fn judge_samples(
    request: &JudgementRequest,
    library: &ConfigLibrary,
) -> Result<Scorecard, Vec<Mistake>> {
    let (config, identity) = request.config.resolve(library)?;
    let judged = case_of_samples(request, config, identity)?.judged();
    let looked = judged.map_err(|unfit| vec![Mistake::new("/config", unfit.to_string())])?;
    Ok(looked.scorecard)
}

/// The case that the samples of a request are, under a config that was found before.
///
/// # Errors
/// Everything wrong with the request, each with a pointer into it.
pub fn case_of_samples(
    request: &JudgementRequest,
    config: Arc<CanaryConfig>,
    identity: ConfigIdentity,
) -> Result<Case, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let thresholds = request
        .thresholds
        .map_or(Ok(config.thresholds), ThresholdsRequest::checked);
    let thresholds = thresholds.unwrap_or_else(|detail| {
        mistakes.push(Mistake::new("/thresholds", detail));
        config.thresholds
    });
    for name in request.metrics.keys() {
        if !config
            .metrics
            .iter()
            .any(|metric| metric.name.as_str() == name)
        {
            let pointer = format!("/metrics/{}", escape_pointer(name));
            mistakes.push(Mistake::new(
                pointer,
                "the config has no metric of this name",
            ));
        }
    }
    let mut placed = Vec::new();
    for metric in &config.metrics {
        let pointer = format!("/metrics/{}", escape_pointer(metric.name.as_str()));
        match request.metrics.get(metric.name.as_str()) {
            None => mistakes.push(Mistake::new(
                pointer,
                "the config's metric has no samples here",
            )),
            Some(pair) => match Placed::of(pair, metric, &config) {
                Ok(metric) => placed.push(metric),
                Err(mistake) => mistakes.push(mistake.under(&pointer)),
            },
        }
    }
    // Two samples far apart are little in a request and much on a grid.
    let points: usize = placed.iter().map(Placed::points).sum();
    if points > MAX_SAMPLES {
        let detail =
            format!("{points} samples over all metrics; at most {MAX_SAMPLES} are possible");
        mistakes.push(Mistake::new("/metrics", detail));
    }
    if mistakes.is_empty() {
        let metrics = placed.into_iter().enumerate();
        let gathered = metrics.map(|(index, metric)| metric.gathered(index, &config));
        let gathered = gathered.collect();
        let about = About {
            application: request
                .application
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            labels: BTreeMap::new(),
            config,
            identity,
            thresholds,
        };
        Ok(Case::new(about, Sitting::default(), gathered))
    } else {
        Err(mistakes)
    }
}

/// What of the metric's comparison plays no part here.
fn unread(metric: &MetricConfig, config: &CanaryConfig) -> Vec<String> {
    let compare = config.compare(metric);
    let mut parts = Vec::new();
    parts.extend(compare.replicas.map(|_| "`replicas`"));
    parts.extend(compare.strata.map(|_| "`strata`"));
    parts.extend(compare.history.map(|_| "`history`"));
    if matches!(metric.query, MetricQuery::Counts(_)) {
        parts.push("counts");
    }
    if parts.is_empty() {
        return Vec::new();
    }
    let parts = parts.join(", ");
    vec![format!(
        "samples in a request are one series a side, so the config's {parts} played no part"
    )]
}

fn observed(
    comparison: &Comparison,
    baseline: Vec<f64>,
    canary: Vec<f64>,
) -> Result<Observations, Reservation> {
    match comparison.design {
        Design::Paired => Observations::paired(baseline, canary)
            .map_err(|error| Reservation::Failed(error.to_string())),
        Design::CanaryOnly => Ok(Observations::CanaryOnly(canary)),
        // One series a side is all that a request can have.
        Design::Independent
        | Design::BeforeAfter
        | Design::Replicas
        | Design::Strata
        | Design::Counts => Ok(Observations::independent(baseline, canary)),
    }
}

/// The samples of a metric on the grids of both sides, not yet laid out.
struct Placed<'a> {
    pair: &'a SamplePair,
    metric: &'a MetricConfig,
    baseline: OnGrid,
    canary: OnGrid,
    baseline_grid: Option<Grid>,
    canary_grid: Option<Grid>,
    comparison: Comparison,
}

impl<'a> Placed<'a> {
    fn of(
        pair: &'a SamplePair,
        metric: &'a MetricConfig,
        config: &CanaryConfig,
    ) -> Result<Self, Mistake> {
        let step = metric.step.unwrap_or(config.defaults.step);
        let alone = config.compare(metric).design == TimeDesign::CanaryOnly;
        let baseline = match &pair.baseline {
            Some(given) if !alone => given
                .on_grid(step)
                .map_err(|mistake| mistake.under("/baseline"))?,
            None if !alone => {
                let detail = "the baseline's samples are missing";
                return Err(Mistake::new("/baseline", detail));
            }
            Some(_) | None => None,
        };
        let canary = pair
            .canary
            .on_grid(step)
            .map_err(|mistake| mistake.under("/canary"))?;
        let (baseline_grid, canary_grid, comparison) = if alone {
            let reason = "the config compares the canary alone".to_owned();
            let design = Design::CanaryOnly;
            (
                None,
                canary.as_ref().map(|(grid, _)| *grid),
                Comparison { design, reason },
            )
        } else {
            grids(&baseline, &canary)
        };
        Ok(Self {
            pair,
            metric,
            baseline,
            canary,
            baseline_grid,
            canary_grid,
            comparison,
        })
    }

    /// How many samples there are once they are laid out, missing ones too.
    fn points(&self) -> usize {
        let grids = [self.baseline_grid, self.canary_grid];
        grids.iter().flatten().map(Grid::len).sum()
    }

    fn gathered(self, index: usize, config: &CanaryConfig) -> Gathered {
        let Self {
            pair,
            metric,
            baseline,
            canary,
            baseline_grid,
            canary_grid,
            comparison,
        } = self;
        let alone = comparison.design == Design::CanaryOnly;
        let lined_up = |side: OnGrid, grid: Option<&Grid>| match (side, grid) {
            (Some((_, samples)), Some(grid)) => align(&samples, grid),
            (None, Some(grid)) => align(&[], grid),
            (_, None) => Aligned::default(),
        };
        let on_baseline = lined_up(baseline, baseline_grid.as_ref());
        let on_canary = lined_up(canary, canary_grid.as_ref());
        let given = pair.baseline.as_ref().filter(|_| !alone);
        let baseline_work = given.and_then(|given| given.work);
        let side = |grid: Option<Grid>, aligned: &Aligned, work: Option<f64>| {
            let mut side = match grid {
                Some(grid) => super::SideEvidence::on(&grid, &aligned.values),
                None => super::SideEvidence::empty(),
            };
            side.notes.clone_from(&aligned.notes);
            side.work = work;
            side
        };
        let mut notes = unread(metric, config);
        if let Some(grid) = canary_grid {
            let idle = config.out_of_reach(index, grid.step().as_duration(), grid.len());
            notes.extend(
                idle.iter()
                    .map(|idle| format!("guardrails: {}", idle.detail)),
            );
        }
        let record = MetricEvidence {
            metric: metric.name.to_string(),
            baseline: side(baseline_grid, &on_baseline, baseline_work),
            canary: side(canary_grid, &on_canary, pair.canary.work),
            same_times: comparison.design == Design::Paired,
            failure: None,
            comparison: comparison.clone(),
            tolerance: Tolerance::default(),
            history: Vec::new(),
            notes,
            explore: None,
        };
        let minimum_work = config.minimum_work(metric);
        let undecidable =
            minimum_work.and_then(|minimum| match (baseline_work, pair.canary.work) {
                (None, None) => Some(work_not_given()),
                (_, canary) if alone => work_problem(minimum, &[(Side::Canary, canary)]),
                (baseline, canary) => work_problem(
                    minimum,
                    &[(Side::Baseline, baseline), (Side::Canary, canary)],
                ),
            });
        Gathered {
            evidence: match (
                observed(&comparison, on_baseline.values, on_canary.values),
                undecidable,
            ) {
                (Ok(observations), None) => Evidence::Observed(observations),
                (Ok(observations), Some(why)) => reserved(why, Some(observations)),
                (Err(why), _) => reserved(why, None),
            },
            record,
        }
    }
}
