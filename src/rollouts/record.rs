//! What the record of a rollout says by itself.

use jiff::Timestamp;

use super::{Decision, Entry, Event, Found, Rollout};
use crate::analysis::{Run, RunId};

/// What the record alone says.
pub(super) enum Recorded<'a> {
    /// The pipeline is to shift the traffic of this stage.
    Next { stage: usize, why: String },
    /// This stage was reported live, and nobody has decided since.
    Live { stage: usize },
    /// The run of this stage has ended, and nobody has decided since; or a person stayed at it before, and it failed.
    Judged {
        stage: usize,
        found: Found,
        reason: &'a str,
    },
    /// A person decided to stay at this stage.
    Stay {
        stage: usize,
        by: &'a str,
        reason: &'a str,
    },
    /// A person decided to go back.
    Back {
        stage: usize,
        by: &'a str,
        reason: &'a str,
    },
    /// A person let the last stage pass.
    Done { stage: usize, why: String },
}

impl Rollout {
    /// What was reported live, in order: the stage, since when, and the run that judges it.
    pub(super) fn reports(&self) -> impl DoubleEndedIterator<Item = (usize, Timestamp, RunId)> {
        self.record.iter().filter_map(|entry| match entry.what {
            Event::Live { stage, since, run } => Some((stage, since, run)),
            Event::Judged { .. } | Event::Decided { .. } => None,
        })
    }

    /// The run of the stage that was reported live last.
    pub fn last_run(&self) -> Option<RunId> {
        self.reports().next_back().map(|(_, _, run)| run)
    }

    /// The stage that was reported live last.
    pub(super) fn last_stage(&self) -> Option<usize> {
        self.reports().next_back().map(|(stage, ..)| stage)
    }

    /// The run that judged a stage last.
    pub fn run_of(&self, stage: usize) -> Option<RunId> {
        let mut reports = self.reports().rev();
        reports.find_map(|(live, _, run)| (live == stage).then_some(run))
    }

    /// How often a stage was reported live.
    pub(super) fn times_live(&self, stage: usize) -> usize {
        self.reports().filter(|(live, ..)| *live == stage).count()
    }

    /// The stage that a run judges.
    pub(super) fn stage_of(&self, judge: RunId) -> Option<usize> {
        self.reports()
            .find_map(|(stage, _, run)| (run == judge).then_some(stage))
    }

    /// When the canary first got traffic.
    pub(super) fn began(&self) -> Option<Timestamp> {
        self.reports().next().map(|(_, since, _)| since)
    }

    /// The run whose end is still to be written into the record, and its stage.
    pub(super) fn awaited(&self) -> Option<(usize, RunId)> {
        for entry in self.record.iter().rev() {
            match entry.what {
                Event::Live { stage, run, .. } => return Some((stage, run)),
                Event::Judged { .. }
                | Event::Decided {
                    action: Decision::Promote | Decision::Rollback,
                    ..
                } => return None,
                Event::Decided {
                    action: Decision::Hold,
                    ..
                } => {}
            }
        }
        None
    }

    /// What belongs into the record once the run that is awaited has ended.
    pub(super) fn ending(&self, ended: &Run) -> Option<Entry> {
        let (stage, run) = self.awaited().filter(|(_, run)| *run == ended.id)?;
        let (found, reason) = Found::of(ended)?;
        let what = Event::Judged {
            stage,
            run,
            found,
            reason,
        };
        // What follows from its end begins then, whenever somebody first looks.
        let at = ended.ended_at.unwrap_or_else(Timestamp::now);
        Some(Entry { at, what })
    }

    /// What follows from it, but for a run that goes on.
    pub(super) fn recorded(&self) -> Recorded<'_> {
        let mut at = Recorded::Next {
            stage: 1,
            why: "the rollout begins".to_owned(),
        };
        let mut live = 0;
        for entry in &self.record {
            at = match &entry.what {
                Event::Live { stage, .. } => {
                    live = *stage;
                    Recorded::Live { stage: *stage }
                }
                Event::Judged {
                    stage,
                    found,
                    reason,
                    ..
                } => match at {
                    // Who stays does not know of a failure that comes later.
                    Recorded::Stay { .. } if *found != Found::Fail => at,
                    Recorded::Live { .. } | Recorded::Stay { .. } => Recorded::Judged {
                        stage: *stage,
                        found: *found,
                        reason,
                    },
                    Recorded::Next { .. }
                    | Recorded::Judged { .. }
                    | Recorded::Back { .. }
                    | Recorded::Done { .. } => at,
                },
                Event::Decided {
                    action: Decision::Promote,
                    by,
                    reason,
                    ..
                } => {
                    let why = format!("{by} decided to go on: {reason}");
                    if live == self.request.stages.len() {
                        Recorded::Done { stage: live, why }
                    } else {
                        Recorded::Next {
                            stage: live + 1,
                            why,
                        }
                    }
                }
                Event::Decided {
                    action: Decision::Hold,
                    by,
                    reason,
                    ..
                } => Recorded::Stay {
                    stage: live,
                    by,
                    reason,
                },
                Event::Decided {
                    action: Decision::Rollback,
                    by,
                    reason,
                    ..
                } => Recorded::Back {
                    stage: live.max(1),
                    by,
                    reason,
                },
            };
        }
        at
    }
}
