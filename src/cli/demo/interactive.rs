//! The rollouts that a person decides, line by line: at a terminal, or over a pipe.

use std::str::FromStr;

use jiff::SignedDuration;

use super::{
    rollout::{Assessment, Decision, Rollout},
    style,
    tally::Tally,
};
use crate::{
    cli::{
        client::Client,
        outcome::Failure,
        output::{self, print},
    },
    report,
};

/// What a person can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Wait(SignedDuration),
    End(Decision),
    Help,
    Quit,
}

/// How long one wait is, unless told otherwise.
const WAIT: SignedDuration = SignedDuration::from_mins(10);
/// The longest that one wait may be; it bounds what is simulated.
const LONGEST_WAIT: i64 = 120;
/// By then, somebody has to decide.
const LONGEST: SignedDuration = SignedDuration::from_hours(6);

const HELP: &str = "  wait [MINUTES]   w   let time pass (10 minutes unless told otherwise) and look at the scorecard
  promote          p   the canary gets all traffic
  rollback         r   the canary is taken away
  hold             h   the canary stays at 5 % for now
  quit             q   end here
";

impl FromStr for Command {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let command = match words.next().unwrap_or("wait") {
            "wait" | "w" => {
                let minutes = words.next().map_or(Ok(WAIT.as_mins()), |text| {
                    text.parse()
                        .ok()
                        .filter(|minutes| (1..=LONGEST_WAIT).contains(minutes))
                        .ok_or_else(|| format!("{text:?}: wait 1 to {LONGEST_WAIT} minutes"))
                })?;
                Self::Wait(SignedDuration::from_mins(minutes))
            }
            "promote" | "p" => Self::End(Decision::Promoted),
            "rollback" | "r" => Self::End(Decision::RolledBack),
            "hold" | "h" => Self::End(Decision::Held),
            "help" | "?" => Self::Help,
            "quit" | "q" => Self::Quit,
            other => return Err(format!("{other:?} is not a command; help lists them")),
        };
        match words.next() {
            None => Ok(command),
            Some(word) => Err(format!("{word:?} is more than can be understood")),
        }
    }
}

/// Deploys one release after the other and lets a person decide, until they quit or the input ends.
pub(super) async fn run(client: &Client, seed: u64) -> Result<(), Failure> {
    print(&format!(
        "{}\n\
         Each release is deployed to 5 % of the traffic of a simulated service, beside a baseline of the same size.\n\
         Nobody knows what it is like. Watch it, and decide. Commands:\n{HELP}",
        style::bold("You are the release manager.")
    ));
    let mut tally = Tally::default();
    for number in 1.. {
        let mut rollout = Rollout::deploy(seed, number)?;
        print(&format!(
            "\n{}\n",
            style::bold(&format!(
                "=== Release {number} is at 5 % of the traffic; it is {}",
                clock(&rollout)
            ))
        ));
        let Some(decision) = decide(client, &mut rollout).await? else {
            break;
        };
        let assessment = decision.assessment(rollout.scenario.truth());
        print(&format!(
            "{} after {} minutes. It was {}: {}.\n{}\n",
            match decision {
                Decision::Promoted => "Promoted",
                Decision::RolledBack => "Rolled back",
                Decision::Held => "Held",
            },
            rollout.watched().as_mins(),
            style::bold(rollout.scenario.name()),
            rollout.scenario.description(),
            style::assessed(assessment, verdict_on(assessment)),
        ));
        tally.add(rollout.scenario, decision);
    }
    if !tally.is_empty() {
        print(&format!("\n{}", tally.table()));
    }
    Ok(())
}

fn verdict_on(assessment: Assessment) -> &'static str {
    match assessment {
        Assessment::Right => "You were right.",
        Assessment::Cautious => "You could have decided.",
        Assessment::FalseAlarm => "It was a good release: a false alarm.",
        Assessment::SlippedThrough => "It should not have got to everyone.",
    }
}

/// What a person decides about a release; nothing if they quit.
async fn decide(client: &Client, rollout: &mut Rollout) -> Result<Option<Decision>, Failure> {
    loop {
        print("wait, promote, rollback, hold, quit?\n");
        let Some(line) = read_line().await? else {
            return Ok(None);
        };
        match line.parse() {
            Ok(Command::Wait(time)) if rollout.watched() + time > LONGEST => {
                print("It has been long enough: decide.\n");
            }
            Ok(Command::Wait(time)) => {
                rollout.wait(time);
                show(client, rollout).await?;
            }
            Ok(Command::End(decision)) => return Ok(Some(decision)),
            Ok(Command::Help) => print(HELP),
            Ok(Command::Quit) => return Ok(None),
            Err(problem) => print(&format!("{problem}\n")),
        }
    }
}

async fn show(client: &Client, rollout: &Rollout) -> Result<(), Failure> {
    let heading = format!(
        "--- {}, {} minutes after the deployment",
        clock(rollout),
        rollout.watched().as_mins()
    );
    print(&format!("\n{}\n", style::faint(&heading)));
    match rollout.look(client).await? {
        None => print("The canary is warming up; nothing is compared yet.\n"),
        Some(look) => print(&report::text(&look.scorecard, output::colour())),
    }
    print("\n");
    Ok(())
}

fn clock(rollout: &Rollout) -> String {
    rollout.now().strftime("%H:%M").to_string()
}

/// The next line of standard input; none at its end.
async fn read_line() -> Result<Option<String>, Failure> {
    let read = tokio::task::spawn_blocking(|| std::io::stdin().lines().next());
    read.await
        .map_err(Failure::infrastructure)?
        .transpose()
        .map_err(|error| Failure::infrastructure(format!("standard input: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_short_forms_and_an_empty_line_waits() {
        let minutes = |minutes| Command::Wait(SignedDuration::from_mins(minutes));
        for (line, command) in [
            ("", minutes(10)),
            ("w", minutes(10)),
            (" wait  25 \n", minutes(25)),
            ("p", Command::End(Decision::Promoted)),
            ("rollback", Command::End(Decision::RolledBack)),
            ("h", Command::End(Decision::Held)),
            ("?", Command::Help),
            ("q", Command::Quit),
        ] {
            assert_eq!(line.parse(), Ok(command), "{line:?}");
        }
        for line in [
            "wait 0",
            "wait 121",
            "wait x",
            "promote now",
            "deploy",
            "w 5 5",
        ] {
            assert!(line.parse::<Command>().is_err(), "{line:?}");
        }
    }
}
