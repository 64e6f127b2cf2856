//! What a message says, whatever its form.

use jiff::Timestamp;
use serde::Serialize;
use serinus_judge::{MetricResult, Outcome};

use crate::{
    analysis::{Action, Delivery, DeliveryId, Event, Look, Run, Scorecard, Summary},
    rollouts::{Rollout, RolloutState},
    store::DueDelivery,
};

/// The longest reason, in characters: messages stay below the 20 kB that receivers can count on.
const LONGEST_REASON: usize = 1500;
/// The longest reason of what a rollout should do, which repeats the run's.
const LONGEST_ADVICE: usize = 250;
/// How many metrics that decided are named, and the longest name and reason of one.
const DECIDING: usize = 5;
const LONGEST_NAME: usize = 100;
const LONGEST_WHY: usize = 120;

/// What is told.
#[derive(Debug)]
pub(super) struct Notice {
    /// Identifies the message, however often it is sent.
    pub(super) id: DeliveryId,
    /// The kind of event.
    pub(super) kind: &'static str,
    /// When it has happened.
    pub(super) at: Timestamp,
    /// The service that tells it: its address.
    pub(super) source: String,
    /// What it is about: a run, or a receiver.
    pub(super) subject: String,
    /// What there is to know.
    pub(super) data: Data,
    /// What it means for the rollout whose stage the run judges, if it judges one.
    pub(super) stage: Option<StageNews>,
    /// The metrics that decided, all of them, for people.
    pub(super) deciding: Vec<MetricResult>,
    /// The time that a run compares, as far as it has come; `None` if the notice is not about a run.
    pub(super) region: Option<Region>,
}

/// What is sent where a message has room for data.
#[derive(Debug, Serialize)]
pub(super) struct Payload<'a> {
    #[serde(flatten)]
    data: &'a Data,
    #[serde(rename = "rollout", skip_serializing_if = "Option::is_none")]
    stage: Option<&'a StageNews>,
}

/// The stage of a rollout that a run judges, and where the rollout stands when that is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StageNews {
    /// The rollout.
    id: String,
    /// The stage that the run judges, from 1.
    pub(super) stage: usize,
    /// How many stages there are.
    pub(super) stages: usize,
    /// Where the rollout stands.
    state: RolloutState,
    /// The share of the traffic that the canary should have now, 0 to 1.
    weight: f64,
    /// What the pipeline should do.
    pub(super) action: Action,
    /// Why, in one sentence.
    pub(super) reason: String,
    /// Where a person can read more.
    pub(super) report_url: String,
}

impl StageNews {
    /// Where the rollout of a stage's run stands now, given the run of its last report; `base` is the address of the service.
    pub(super) fn of(rollout: &Rollout, stage: usize, last: Option<&Run>, base: &str) -> Self {
        let standing = rollout.standing(last);
        let mut reason = standing.reason;
        shorten(&mut reason, LONGEST_ADVICE);
        Self {
            id: rollout.id.to_string(),
            stage,
            stages: rollout.request.stages.len(),
            state: standing.state,
            weight: standing.weight,
            action: standing.action,
            reason,
            report_url: format!("{base}/ui/rollouts/{}", rollout.id),
        }
    }
}

/// From when to when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Region {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

/// How a run ended.
#[derive(Debug, Serialize)]
pub(super) struct Ended {
    #[serde(flatten)]
    pub(super) summary: Summary,
    /// The first metrics that decided it.
    deciding: Vec<Deciding>,
}

/// A metric that decided.
#[derive(Debug, Serialize)]
struct Deciding {
    metric: String,
    outcome: Outcome,
    critical: bool,
    reason: String,
}

/// What there is to know.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Data {
    /// A run was taken in; how it stands.
    Started(Summary),
    /// A run has ended.
    Ended(Ended),
    /// A look has ended.
    Looked(Looked),
    /// Nothing has happened: somebody tries a receiver.
    Test(Test),
}

/// A look that has ended while the run goes on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Looked {
    /// The run.
    id: String,
    /// The application that is released.
    pub(super) application: String,
    /// The config's name.
    pub(super) config: String,
    /// How many looks there will be.
    pub(super) looks_planned: u32,
    /// The look.
    pub(super) look: Look,
    /// The first metrics that decided what it found.
    deciding: Vec<Deciding>,
    /// Where a person can read more.
    pub(super) report_url: String,
}

/// A receiver is tried.
#[derive(Debug, Serialize)]
pub(super) struct Test {
    /// Its name.
    pub(super) receiver: String,
}

impl Notice {
    /// What a delivery says; `base` is the address of the service.
    ///
    /// # Errors
    /// What is missing, as a sentence.
    pub(super) fn of(
        due: &DueDelivery,
        scorecard: Option<&Scorecard>,
        stage: Option<StageNews>,
        base: &str,
    ) -> Result<Self, String> {
        let DueDelivery { delivery, run } = due;
        let deciding = scorecard.map(deciding).unwrap_or_default();
        let mut summary = Summary::of(run, delivery.happened_at, base);
        shorten(&mut summary.reason, LONGEST_REASON);
        let data = match delivery.event {
            Event::AnalysisStarted => Data::Started(summary),
            Event::AnalysisEnded => Data::Ended(Ended {
                summary,
                deciding: in_short(&deciding),
            }),
            Event::LookEnded(number) => {
                Data::Looked(looked(run, number, in_short(&deciding), base)?)
            }
        };
        let (start, end) = run.request.span(run.created_at);
        let region = Region {
            start,
            end: match run.state.is_final() {
                // Ended early, it has compared no more.
                true => end.min(delivery.happened_at).max(start),
                false => end,
            },
        };
        Ok(Self {
            id: delivery.id,
            kind: delivery.event.kind().as_str(),
            at: delivery.happened_at,
            source: base.to_owned(),
            subject: run.id.to_string(),
            data,
            stage,
            deciding,
            region: Some(region),
        })
    }

    /// What is sent where a message has room for data.
    pub(super) fn payload(&self) -> Payload<'_> {
        Payload {
            data: &self.data,
            stage: self.stage.as_ref(),
        }
    }

    /// What a receiver is tried with.
    pub(super) fn test(receiver: &str, base: &str) -> Self {
        Self {
            id: DeliveryId::new(),
            kind: "receiver.test",
            at: Timestamp::now(),
            source: base.to_owned(),
            subject: "receiver".to_owned(),
            data: Data::Test(Test {
                receiver: receiver.to_owned(),
            }),
            stage: None,
            deciding: Vec::new(),
            region: None,
        }
    }
}

fn looked(run: &Run, number: u32, deciding: Vec<Deciding>, base: &str) -> Result<Looked, String> {
    let look = run.looks.iter().find(|look| look.number == number);
    let mut look = look
        .cloned()
        .ok_or_else(|| format!("the run has no look {number}"))?;
    shorten(&mut look.found.reason, LONGEST_REASON);
    Ok(Looked {
        deciding,
        id: run.id.to_string(),
        application: run.application().to_owned(),
        config: run.config.name.clone(),
        looks_planned: run.request.looks_planned(),
        look,
        report_url: Summary::of(run, run.created_at, base).report_url,
    })
}

/// The look whose scorecard says what decided, if one did: the one of the event.
pub(super) fn look_of(delivery: &Delivery, run: &Run) -> Option<u32> {
    match delivery.event {
        Event::AnalysisStarted => None,
        Event::AnalysisEnded => run.looks.last().map(|look| look.number),
        Event::LookEnded(number) => Some(number),
    }
}

/// The metrics that speak against the canary; if none does, those that were not decided.
fn deciding(scorecard: &Scorecard) -> Vec<MetricResult> {
    use serinus_judge::{Counted, Verdict};
    let counted = |as_what: Counted| -> Vec<MetricResult> {
        let metrics = scorecard.decision.metrics.iter();
        metrics
            .filter(|metric| !metric.muted && metric.counted == as_what)
            .cloned()
            .collect()
    };
    let failed = counted(Counted::Failed);
    match scorecard.decision.verdict {
        Verdict::Pass | Verdict::Marginal | Verdict::Fail => failed,
        Verdict::Inconclusive if failed.is_empty() => counted(Counted::Ignored),
        Verdict::Inconclusive => failed,
    }
}

fn in_short(deciding: &[MetricResult]) -> Vec<Deciding> {
    let deciding = deciding.iter().take(DECIDING);
    deciding
        .map(|metric| {
            let (mut name, mut reason) = (metric.name.clone(), metric.reason.clone());
            shorten(&mut name, LONGEST_NAME);
            shorten(&mut reason, LONGEST_WHY);
            Deciding {
                metric: name,
                outcome: metric.outcome,
                critical: metric.critical,
                reason,
            }
        })
        .collect()
}

fn shorten(text: &mut String, longest: usize) {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push('\u{2026}');
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        analysis::{ConfigIdentity, FailedDuring, MessageFormat, Origin, RunId, RunState, Target},
        callbacks::message::Message,
    };

    fn due(reason: String) -> DueDelivery {
        let name = "\u{1f426}\"".repeat(100);
        let request = serde_json::json!({
            "application": name, "config": {"name": "simulated"}, "window": {"lookback": "1h"},
            "callbacks": [{"receiver": "bot"}],
        });
        let now = Timestamp::now();
        let run = Run {
            id: RunId::new(),
            created_at: now,
            request: Arc::new(serde_json::from_value(request).unwrap()),
            config: ConfigIdentity {
                name,
                digest: String::new(),
            },
            origin: Origin::Native,
            key: None,
            deadline: now,
            accounts: Vec::new(),
            trace: None,
            looks: Vec::new(),
            state: RunState::Failed {
                reason,
                during: FailedDuring::Judging,
            },
            ended_at: None,
        };
        let delivery = Delivery::all_of(&run, now).remove(0);
        assert_eq!(
            delivery.to,
            Target::Receiver("bot".to_owned().try_into().unwrap())
        );
        DueDelivery {
            delivery,
            run: run.into(),
        }
    }

    #[test]
    fn bodies_stay_below_what_receivers_can_count_on() {
        for letter in ["\u{1}", "\u{1f426}", "&", "@"] {
            let due = due(letter.repeat(100_000));
            let stage = StageNews {
                id: due.run.id.to_string(),
                stage: 50,
                stages: 50,
                state: RolloutState::RolledBack,
                weight: 0.123_456_789,
                action: Action::Rollback,
                reason: letter.repeat(LONGEST_ADVICE + 1),
                report_url: "http://127.0.0.1:8090/ui/rollouts/".to_owned(),
            };
            let base = "http://127.0.0.1:8090";
            let notice = Notice::of(&due, None, Some(stage), base).unwrap();
            for format in [
                MessageFormat::StandardWebhooks,
                MessageFormat::Cloudevents,
                MessageFormat::CloudeventsBinary,
                MessageFormat::Slack,
            ] {
                let message = Message::new(&notice, format).unwrap();
                let length = message.body.len();
                assert!((500..20_000).contains(&length), "{format:?}: {length}");
            }
        }
    }
}
