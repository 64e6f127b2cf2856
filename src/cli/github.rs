//! What GitHub Actions reads: workflow commands on the standard streams, and two files that it names.

use std::{fs::OpenOptions, io::Write as _};

use serinus_judge::{Outcome, Verdict};

use super::{outcome::Failure, output};
use crate::{analysis::Scorecard, report};

/// Names the file of the step's summary.
pub(super) const SUMMARY: &str = "GITHUB_STEP_SUMMARY";
/// Names the file of the step's outputs.
pub(super) const OUTPUT: &str = "GITHUB_OUTPUT";

/// The most metrics that are annotated: GitHub shows ten of a kind in a step.
const MOST_METRICS: usize = 9;

/// Annotates the run with the verdict and the metrics that speak against the canary.
pub(super) fn annotate(scorecard: &Scorecard, link: Option<&str>) {
    let decision = &scorecard.decision;
    let level = match decision.verdict {
        Verdict::Pass => "notice",
        Verdict::Marginal | Verdict::Inconclusive => "warning",
        Verdict::Fail => "error",
    };
    let title = format!("{}: {}", scorecard.application, decision.verdict);
    let more = link.map(|link| format!("\n{link}")).unwrap_or_default();
    command(level, &title, &format!("{}{more}", decision.reason));
    let against = decision.metrics.iter().filter(|metric| {
        !metric.muted
            && matches!(
                metric.outcome,
                Outcome::High | Outcome::Low | Outcome::Error
            )
    });
    for metric in against.take(MOST_METRICS) {
        let title = format!("{} {}", metric.name, report::change(metric));
        command("warning", &title, &metric.reason);
    }
}

/// Annotates the run with what kept it from a verdict.
pub(super) fn error(reason: &str) {
    command("error", "no verdict", reason);
}

/// Appends to a file that an environment variable names, if it does.
pub(super) fn append(variable: &str, text: &str) -> Result<(), Failure> {
    let Some(file) = std::env::var_os(variable).filter(|file| !file.is_empty()) else {
        return Ok(());
    };
    let appended = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&file)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    appended.map_err(|error| Failure::infrastructure(format!("{}: {error}", file.display())))
}

/// A workflow command, on standard error: standard output is the result's.
fn command(level: &str, title: &str, message: &str) {
    let message = data(message);
    let title = data(title).replace(':', "%3A").replace(',', "%2C");
    output::tell(&format!("::{level} title={title}::{message}"));
}

/// Text in which nothing ends the command or begins another.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D");
    text.replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_begin_another_command() {
        assert_eq!(
            data("up 5 %\r\n::error::x"),
            "up 5 %25%0D%0A::error::x",
            "one line"
        );
    }
}
