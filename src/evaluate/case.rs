//! One labelled case.

use super::Contestant;
use ndarray::Array2;
use serde::Deserialize;
use serinus_judge::{Direction, Evidence, Judge, Metric, Observations, Rules};

/// A pair of sides of which it is known whether the canary is worse; one line of a file of cases.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// Names the case; unique in its file.
    pub id: String,
    /// How the sides relate. `concurrent` and `replicas`: both were sampled at the same times. Any other word: in
    /// different windows.
    pub family: String,
    /// Where the samples come from.
    #[serde(default)]
    pub source: String,
    /// Whether there is anything to find.
    pub truth: Truth,
    /// What was done to the canary, such as `x1.25` for a multiplication; of a factor below 1 a decrease has to be found,
    /// of everything else an increase.
    #[serde(default)]
    pub effect: String,
    /// Which change is bad.
    #[serde(default)]
    pub direction: Direction,
    /// The baseline's series, one per replica; null stands for no sample.
    pub baseline: Vec<Vec<Option<f64>>>,
    /// The canary's series.
    pub canary: Vec<Vec<Option<f64>>>,
    /// Earlier windows of the metric, oldest first, where the sides are consecutive windows.
    #[serde(default)]
    pub history: Vec<Vec<Option<f64>>>,
    /// The release the metric belongs to.
    #[serde(default)]
    pub run: Option<String>,
    /// Whether the metric is critical to its release.
    #[serde(default)]
    pub critical: bool,
}

/// Whether the canary of a case is worse than its baseline.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// It is the same: every alarm is a false one.
    Same,
    /// It is worse.
    Regression,
}

/// A case that cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{id}: {problem}")]
pub struct InvalidCase {
    id: String,
    problem: String,
}

impl Case {
    /// The outcome that finds what was done to the canary.
    pub fn expected(&self) -> serinus_judge::Outcome {
        let factor = self.effect.strip_prefix('x').map(str::parse::<f64>);
        match factor {
            Some(Ok(factor)) if factor < 1.0 => serinus_judge::Outcome::Low,
            Some(_) | None => serinus_judge::Outcome::High,
        }
    }

    /// The case as a metric, as this contestant is to see it.
    ///
    /// `netflix-aca` sees what Kayenta would: no precondition on the number of samples, and the average of several series.
    ///
    /// # Errors
    /// When the series of a case do not share a grid although its family says so.
    pub fn metric(&self, contestant: &Contestant) -> Result<Metric, InvalidCase> {
        let minimum_samples = match contestant.judge {
            Judge::NetflixAca(_) => 0,
            Judge::Serinus(_) => Rules::default().minimum_samples,
        };
        Ok(Metric {
            name: self.id.clone(),
            groups: vec!["all".to_owned()],
            rules: Rules {
                direction: self.direction,
                critical: self.critical,
                minimum_samples,
                test: contestant.test,
                ..Rules::default()
            },
            evidence: Evidence::Observed(self.observations()?),
        })
    }

    fn observations(&self) -> Result<Observations, InvalidCase> {
        let shared = matches!(self.family.as_str(), "concurrent" | "replicas");
        match (&self.baseline[..], &self.canary[..]) {
            ([baseline], [canary]) if shared => {
                Observations::paired(filled(baseline), filled(canary))
                    .map_err(|error| self.invalid(&error))
            }
            (baseline, canary) if shared => {
                let [baseline, canary] = [self.matrix(baseline)?, self.matrix(canary)?];
                Observations::replicas(baseline, canary).map_err(|error| self.invalid(&error))
            }
            (baseline, canary) => {
                let [baseline, canary] = [average(baseline), average(canary)];
                Ok(if self.history.is_empty() {
                    Observations::independent(baseline, canary)
                } else {
                    let history = self.history.iter().map(|window| filled(window)).collect();
                    Observations::before_after(baseline, canary, history)
                })
            }
        }
    }

    fn matrix(&self, rows: &[Vec<Option<f64>>]) -> Result<Array2<f64>, InvalidCase> {
        let columns = rows.first().map_or(0, Vec::len);
        let samples = rows.iter().flat_map(|row| filled(row)).collect();
        if rows.iter().any(|row| row.len() != columns) {
            return Err(self.invalid(&"the replicas' series differ in length"));
        }
        Array2::from_shape_vec((rows.len(), columns), samples).map_err(|error| self.invalid(&error))
    }

    fn invalid(&self, problem: &dyn std::fmt::Display) -> InvalidCase {
        InvalidCase {
            id: self.id.clone(),
            problem: problem.to_string(),
        }
    }
}

fn filled(samples: &[Option<f64>]) -> Vec<f64> {
    samples.iter().map(|x| x.unwrap_or(f64::NAN)).collect()
}

/// The mean of several series at each position, gaps left out; positions beyond a series' end count as gaps.
fn average(series: &[Vec<Option<f64>>]) -> Vec<f64> {
    if let [only] = series {
        return filled(only);
    }
    let length = series.iter().map(Vec::len).max().unwrap_or(0);
    (0..length)
        .map(|at| {
            let present = series
                .iter()
                .filter_map(|one| one.get(at).copied().flatten());
            let (sum, count) = present.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
            sum / count
        })
        .collect()
}
