//! `serinus evaluate looks`: how runs of several looks end.

use clap::{Args, ValueEnum};
use serinus_judge::{
    Judge, JudgeName, LookRule, Passing, Plan, Spending, Thresholds, Windows, netflix_aca, serinus,
};

use super::{Format, Outcome};
use crate::cli::outcome::Failure;
use crate::cli::output::{print, tell};
use crate::evaluate::looks::{Critical, Experiment, Figures, Row, Setting, table};

/// Measure how runs of several looks end, on simulated canaries
#[derive(Debug, Args)]
pub(super) struct Looks {
    /// How looks are judged
    #[arg(long, value_enum, default_value = "planned")]
    rule: Rule,
    /// With `planned`: how soon the error rate is spent
    #[arg(long, value_enum, default_value = "pocock")]
    spending: SpendingName,
    /// With `planned`: what looks see
    #[arg(long, value_enum, default_value = "growing")]
    windows: WindowsName,
    /// With `planned`: when a run may pass
    #[arg(long, value_enum, default_value = "at-end")]
    passing: PassingName,
    /// The judge
    #[arg(long, value_name = "NAME", default_value = "serinus")]
    judge: JudgeName,
    /// Which metrics fail a run alone; may be repeated
    #[arg(long, value_enum, default_values = ["all", "quarter"])]
    critical: Vec<CriticalName>,
    /// Runs of each kind
    #[arg(long, default_value_t = 1000)]
    runs: u64,
    /// Metrics of a run
    #[arg(long, default_value_t = 20)]
    metrics: usize,
    /// Looks of a run
    #[arg(long, default_value_t = 12)]
    looks: usize,
    /// Samples that a whole run has on each side
    #[arg(long, default_value_t = 60)]
    moments: usize,
    /// By what one metric of a bad canary is multiplied; may be repeated
    #[arg(long = "effect", value_name = "FACTOR", default_values_t = [1.1, 1.25, 1.5])]
    effects: Vec<f64>,
    /// The first seed; the others follow
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The form of the result
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Rule {
    /// One look, at the end
    Single,
    /// Every look as if it were the only one
    EachAlone,
    /// The error rate of the run is spent over its planned time
    Planned,
    /// The error rate holds at any number of looks
    OpenEnded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SpendingName {
    /// Little at first
    ObrienFleming,
    /// Evenly
    Pocock,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WindowsName {
    /// Everything since the start
    Growing,
    /// The last third of the planned time
    Sliding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PassingName {
    /// At the planned end
    AtEnd,
    /// Once the change that must be detected is excluded
    OnceExcluded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CriticalName {
    /// Every one
    All,
    /// Every fourth, and the one that is changed
    Quarter,
}

impl Looks {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let judge = match self.judge {
            JudgeName::Serinus => Judge::Serinus(serinus::Settings::default()),
            JudgeName::NetflixAca => Judge::NetflixAca(netflix_aca::Settings::default()),
        };
        let until = self
            .seed
            .checked_add(self.runs)
            .ok_or_else(|| Failure::usage("there are not that many seeds"))?;
        let mut rows = Vec::new();
        for critical in &self.critical {
            let effects = self.effects.iter().copied().map(Some);
            for effect in [None].into_iter().chain(effects) {
                let setting = Setting {
                    metrics: self.metrics,
                    moments: self.moments,
                    looks: self.looks,
                    critical: match critical {
                        CriticalName::All => Critical::All,
                        CriticalName::Quarter => Critical::Quarter,
                    },
                    effect,
                };
                let experiment =
                    Experiment::new(judge, self.rule(), setting, Thresholds::default())
                        .map_err(Failure::usage)?;
                let ends = experiment
                    .ends(self.seed..until)
                    .map_err(Failure::infrastructure)?;
                rows.push(Row::new(setting, ends));
                tell(&format!("{} of {}", rows.len(), self.kinds()));
            }
        }
        let figures = Figures {
            rule: format!(
                "{:?}, {} looks, judge {}",
                self.rule(),
                self.looks,
                self.judge
            ),
            rows,
        };
        print(&match self.format {
            Format::Table => table(&figures),
            Format::Json => {
                serde_json::to_string_pretty(&figures).map_err(Failure::infrastructure)? + "\n"
            }
        });
        Ok(Outcome::Pass)
    }

    fn kinds(&self) -> usize {
        self.critical.len() * (1 + self.effects.len())
    }

    fn rule(&self) -> LookRule {
        match self.rule {
            Rule::Single => LookRule::Single,
            Rule::EachAlone => LookRule::EachAlone,
            Rule::OpenEnded => LookRule::OpenEnded,
            Rule::Planned => LookRule::Planned(Plan {
                spending: match self.spending {
                    SpendingName::ObrienFleming => Spending::OBrienFleming,
                    SpendingName::Pocock => Spending::Pocock,
                },
                windows: match self.windows {
                    WindowsName::Growing => Windows::Growing,
                    WindowsName::Sliding => Windows::Sliding,
                },
                passing: match self.passing {
                    PassingName::AtEnd => Passing::AtEnd,
                    PassingName::OnceExcluded => Passing::OnceExcluded,
                },
            }),
        }
    }
}
