//! Judging again from the samples that were kept.
//!
//! A [`Record`] holds a judgement with all it rests on. Judged again under its own config it leads to the same decision,
//! whatever was compared with what; under another config, judge or thresholds it shows what these would have said.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serinus_judge::{Design, Side};
use utoipa::ToSchema;

use super::{
    Case, ConfigIdentity, MetricEvidence, Scorecard, Sitting, ThresholdsRequest,
    arrange::arrange_recorded,
    case::About,
    gather::{Gathered, amiss},
    work::work_not_given,
};
use crate::canary_config::{CanaryConfig, Mistake, from_json};

/// A judgement with all it rests on: enough to come to it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    /// The config that was in use.
    pub config: CanaryConfig,
    /// Which of its run's looks it was.
    pub sitting: Sitting,
    /// What was decided, and the samples it was decided on.
    pub scorecard: Scorecard,
}

/// How to judge again; what is not given stays as it was.
#[derive(Debug, Clone, Default)]
pub struct Otherwise {
    /// Another config.
    pub config: Option<(Arc<CanaryConfig>, ConfigIdentity)>,
    /// Other thresholds.
    pub thresholds: Option<ThresholdsRequest>,
}

impl Record {
    /// Reads a record, and checks what it says about its config.
    ///
    /// # Errors
    /// It is no record, or its config is not consistent.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        let document: serde_json::Value = serde_json::from_str(text)
            .map_err(|error| vec![Mistake::new("", format!("not readable as JSON: {error}"))])?;
        let record: Self = from_json(document).map_err(|mistake| vec![mistake])?;
        let config = record.config.check().map_err(|mistakes| {
            let within = mistakes.into_iter().map(|mistake| mistake.under("/config"));
            within.collect::<Vec<_>>()
        })?;
        Ok(Self { config, ..record })
    }

    /// The case again, under the same config or another one.
    ///
    /// # Errors
    /// The record does not fit together, or has no samples of a metric; pointers are into the record.
    pub fn case(&self, otherwise: Otherwise) -> Result<Case, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let decided = &self.scorecard.decision;
        let Otherwise { config, thresholds } = otherwise;
        let theirs = config.as_ref().map(|(config, _)| config.thresholds);
        let thresholds = match thresholds.map(ThresholdsRequest::checked) {
            Some(Ok(thresholds)) => thresholds,
            Some(Err(detail)) => {
                mistakes.push(Mistake::new("/thresholds", detail));
                decided.thresholds
            }
            None => theirs.unwrap_or(decided.thresholds),
        };
        let (config, identity) = config.unwrap_or_else(|| {
            let config = Arc::new(self.config.clone());
            (config, self.scorecard.config.clone())
        });
        let mut gathered = Vec::new();
        for (index, metric) in config.metrics.iter().enumerate() {
            let name = metric.name.as_str();
            let mut evidence = self.scorecard.evidence.iter();
            match evidence.position(|evidence| evidence.metric == name) {
                None => mistakes.push(Mistake::new(
                    format!("/config/metrics/{index}"),
                    format!("there are no samples of {name:?} in what was judged"),
                )),
                Some(place) => match self.gathered(place, &config, index) {
                    Ok(metric) => gathered.push(metric),
                    Err(detail) => {
                        let pointer = format!("/scorecard/evidence/{place}");
                        mistakes.push(Mistake::new(pointer, detail));
                    }
                },
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut sitting = self.sitting.clone();
        if !config.judge.shares_confidence() {
            // A judge whose confidence looks cannot share sees each alone, as it does in a run of its own.
            sitting.rule = sitting.rule.alone();
        }
        let about = About {
            application: self.scorecard.application.clone(),
            labels: self.scorecard.labels.clone(),
            config,
            identity,
            thresholds,
        };
        Ok(Case::new(about, sitting, gathered))
    }

    /// The evidence at this place for the metric of a config.
    fn gathered(
        &self,
        place: usize,
        config: &CanaryConfig,
        metric: usize,
    ) -> Result<Gathered, String> {
        let record: &MetricEvidence = &self.scorecard.evidence[place];
        let arranged = arrange_recorded(record)?;
        let minimum = config.minimum_work(&config.metrics[metric]);
        let canary = (Side::Canary, record.canary.work);
        let work = match record.comparison.design {
            Design::CanaryOnly => vec![canary],
            Design::Paired
            | Design::Independent
            | Design::BeforeAfter
            | Design::Replicas
            | Design::Strata
            | Design::Counts => vec![(Side::Baseline, record.baseline.work), canary],
        };
        let was_asked = (self.config.metrics.iter())
            .find(|other| other.name.as_str() == record.metric)
            .is_some_and(|other| self.config.minimum_work(other).is_some());
        let is_unknown = work.iter().all(|(_, work)| work.is_none());
        let amiss = match (&record.failure, minimum) {
            (None, Some(_)) if is_unknown && !was_asked => Some(work_not_given()),
            (failure, minimum) => amiss(failure.as_ref(), minimum, &work),
        };
        Ok(Gathered {
            evidence: arranged.evidence(amiss),
            record: record.clone(),
        })
    }
}
