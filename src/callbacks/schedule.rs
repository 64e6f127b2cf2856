//! What follows from an attempt: pure.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;

use super::{receivers::Timing, send::Answer};
use crate::analysis::{Attempt, AttemptResult, Delivery, DeliveryState};

/// The longest pause between two attempts, unless a receiver asks for a longer one. Chance adds up to as much again, so that
/// messages that failed together do not come back together.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The delivery after one more attempt, which lasted from `began` to `ended`.
pub(super) fn after(
    mut delivery: Delivery,
    answer: Answer,
    (began, ended): (Timestamp, Timestamp),
    timing: &Timing,
) -> Delivery {
    let pause = pause(delivery.attempts.len(), timing);
    let later = |pause: Duration, why: &str| {
        let deadline = delivery.happened_at.checked_add(timing.deadline);
        let due = ended.checked_add(pause);
        match (due, deadline) {
            (Ok(due), Ok(deadline)) if due <= deadline => DeliveryState::Due(due),
            (Ok(_) | Err(_), Ok(_) | Err(_)) => {
                DeliveryState::GivenUp(format!("{why}, and it is too late for another attempt"))
            }
        }
    };
    let (result, state) = match answer {
        Answer::Taken(status) => (
            AttemptResult::Answered(status.as_u16()),
            DeliveryState::Delivered,
        ),
        Answer::Gone => (
            AttemptResult::Answered(410),
            DeliveryState::GivenUp("the receiver is gone for good (410)".to_owned()),
        ),
        Answer::Refused {
            status,
            retry_after,
        } => (
            AttemptResult::Answered(status.as_u16()),
            later(
                retry_after.map_or(pause, |wanted| wanted.max(pause)),
                &format!("the receiver answered {}", status.as_u16()),
            ),
        ),
        Answer::Failed(reason) => {
            let state = later(pause, &reason);
            (AttemptResult::Failed(reason), state)
        }
    };
    delivery.attempts.push(Attempt {
        at: began,
        took: ended.duration_since(began),
        result,
    });
    delivery.state = state;
    delivery
}

/// The pause after so many earlier attempts.
fn pause(earlier: usize, timing: &Timing) -> Duration {
    ExponentialBuilder::new()
        .with_min_delay(timing.retry_after)
        .with_max_delay(LONGEST_PAUSE)
        .without_max_times()
        .with_jitter()
        .build()
        .nth(earlier)
        .unwrap_or(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use reqwest::StatusCode;

    use super::*;
    use crate::analysis::{DeliveryId, Event, RunId, Target};

    const TIMING: Timing = Timing {
        timeout: Duration::from_secs(10),
        retry_after: Duration::from_secs(5),
        deadline: SignedDuration::from_hours(1),
    };

    fn fresh() -> Delivery {
        let now = Timestamp::now();
        Delivery {
            id: DeliveryId::new(),
            run: RunId::new(),
            event: Event::AnalysisEnded,
            happened_at: now,
            to: Target::Receiver("bot".to_owned().try_into().unwrap()),
            attempts: Vec::new(),
            state: DeliveryState::Due(now),
        }
    }

    fn attempted(delivery: Delivery, answer: Answer) -> Delivery {
        let at = delivery.due().unwrap();
        after(delivery, answer, (at, at), &TIMING)
    }

    fn refused(retry_after: Option<u64>) -> Answer {
        Answer::Refused {
            status: StatusCode::SERVICE_UNAVAILABLE,
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn pauses_grow_from_seconds_to_minutes_and_end_with_the_deadline() {
        let first = fresh();
        let mut delivery = first.clone();
        let mut times = vec![first.happened_at];
        while delivery.due().is_some() {
            delivery = attempted(delivery, refused(None));
            times.extend(delivery.due());
        }
        let pauses: Vec<_> = times
            .windows(2)
            .map(|pair| pair[1].duration_since(pair[0]).as_secs())
            .collect();
        assert!((5..=10).contains(&pauses[0]), "{pauses:?}");
        assert!(
            pauses.iter().all(|&pause| (5..=600).contains(&pause)),
            "{pauses:?}"
        );
        assert!((9..=20).contains(&times.len()), "{pauses:?}");
        assert_eq!(delivery.attempts.len(), times.len());
        let last = times.last().unwrap();
        assert!(last.duration_since(first.happened_at) <= TIMING.deadline);
        assert!(
            matches!(&delivery.state, DeliveryState::GivenUp(reason) if reason.contains("503")),
            "{delivery:?}"
        );
    }

    #[test]
    fn a_receiver_that_wants_to_be_left_alone_is_until_the_deadline() {
        let first = fresh();
        let patient = attempted(first.clone(), refused(Some(1800)));
        let waits = patient.due().unwrap().duration_since(first.happened_at);
        assert_eq!(waits, SignedDuration::from_mins(30));
        let hurried = attempted(first.clone(), refused(Some(0)));
        let waits = hurried.due().unwrap().duration_since(first.happened_at);
        assert!(waits >= SignedDuration::from_secs(5), "{waits:?}");
        for too_long in [3601, u64::MAX] {
            let given_up = attempted(first.clone(), refused(Some(too_long)));
            assert_eq!(given_up.due(), None);
            assert_ne!(given_up.state, DeliveryState::Delivered);
        }
    }

    #[test]
    fn what_was_taken_or_is_gone_has_ended() {
        let taken = attempted(fresh(), Answer::Taken(StatusCode::NO_CONTENT));
        assert_eq!(taken.state, DeliveryState::Delivered);
        assert_eq!(taken.attempts[0].result, AttemptResult::Answered(204));
        let gone = attempted(fresh(), Answer::Gone);
        assert!(matches!(gone.state, DeliveryState::GivenUp(_)));
        assert_eq!(gone.attempts[0].result, AttemptResult::Answered(410));
    }
}
