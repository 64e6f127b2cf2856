//! The rollouts that the verdicts decide.

use jiff::SignedDuration;

use super::{
    rollout::{Decision, Rollout},
    style,
    tally::Tally,
};
use crate::{
    analysis::Action,
    cli::{client::Client, outcome::Failure, output::print},
};

/// How long a canary is watched, and how often it is looked at meanwhile.
const WATCH: SignedDuration = SignedDuration::from_hours(1);
const EVERY: SignedDuration = SignedDuration::from_mins(20);

/// Decides about so many releases by their verdicts, and shows what they really were.
pub(super) async fn run(client: &Client, seed: u64, releases: u32) -> Result<(), Failure> {
    print(&format!(
        "{} at 5 % of the traffic, each watched for {} minutes and looked at every {}:\n\
         rolled back at the first verdict that says so, promoted if the last one does, held otherwise.\n\n",
        style::bold(&format!("{releases} releases")),
        WATCH.as_mins(),
        EVERY.as_mins(),
    ));
    let mut tally = Tally::default();
    for number in 1..=releases {
        let mut rollout = Rollout::deploy(seed, number)?;
        let (decision, why) = decide(client, &mut rollout).await?;
        let assessment = decision.assessment(rollout.scenario.truth());
        print(&format!(
            "{number:>3}  {decision:11} after {} min  {} {:18} {}\n",
            rollout.watched().as_mins(),
            style::assessed(assessment, &format!("{:16}", assessment.to_string())),
            rollout.scenario,
            style::faint(&shortened(&why)),
        ));
        tally.add(rollout.scenario, decision);
    }
    print(&format!("\n{}", tally.table()));
    Ok(())
}

/// As much of a reason as a line has room for.
fn shortened(reason: &str) -> String {
    const ROOM: usize = 70;
    match reason.char_indices().nth(ROOM) {
        None => reason.to_owned(),
        Some((end, _)) => format!("{}...", &reason[..end]),
    }
}

/// Watches one release: the decision, and the reason of the last verdict.
async fn decide(client: &Client, rollout: &mut Rollout) -> Result<(Decision, String), Failure> {
    let mut last = (Decision::Held, String::new());
    while rollout.watched() < WATCH {
        rollout.wait(EVERY);
        let Some(look) = rollout.look(client).await? else {
            continue;
        };
        let decision = match look.summary.action {
            Action::Rollback => return Ok((Decision::RolledBack, look.summary.reason)),
            Action::Promote => Decision::Promoted,
            Action::Hold | Action::Wait => Decision::Held,
        };
        last = (decision, look.summary.reason);
    }
    Ok(last)
}
