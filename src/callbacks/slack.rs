//! A message for people, in the markup that Slack and those who took it over understand.

use serinus_judge::MetricResult;

use super::notice::{Data, Ended, Looked, Notice};
use crate::analysis::{Action, Summary, SummaryState, SummaryVerdict};

/// How many metrics are named.
const METRICS: usize = 10;
/// The longest line, in characters.
const LINE: usize = 400;

/// The message: verdict and score, why, the metrics that decided, and where to read more.
pub(super) fn text(notice: &Notice) -> String {
    let mut lines = Vec::new();
    let link = match &notice.data {
        Data::Started(summary) => {
            let application = line(&summary.application);
            lines.push(format!("*{application}: the analysis has started*"));
            Some((&summary.report_url, &summary.config))
        }
        Data::Ended(Ended { summary, .. }) => {
            lines.push(headline(summary));
            lines.push(line(&summary.reason));
            Some((&summary.report_url, &summary.config))
        }
        Data::Looked(looked) => {
            lines.push(look_headline(looked));
            lines.push(line(&looked.look.found.reason));
            Some((&looked.report_url, &looked.config))
        }
        Data::Test(test) => {
            let receiver = line(&test.receiver);
            lines.push(format!("Serinus can reach the receiver *{receiver}*."));
            None
        }
    };
    lines.extend(notice.deciding.iter().take(METRICS).map(metric));
    if let Some(more @ 1..) = notice.deciding.len().checked_sub(METRICS) {
        lines.push(format!("\u{2022} and {more} more"));
    }
    if let Some(stage) = &notice.stage {
        lines.push(format!(
            "Stage {} of {}: *{}*, <{}|rollout>: {}",
            stage.stage,
            stage.stages,
            advice(stage.action),
            line(&stage.report_url),
            line(&stage.reason),
        ));
    }
    if let Some((url, config)) = link {
        lines.push(format!(
            "<{}|Report> under config {}",
            line(url),
            line(config)
        ));
    }
    lines.join("\n")
}

fn headline(summary: &Summary) -> String {
    let application = line(&summary.application);
    let word = match (summary.state, summary.verdict) {
        (SummaryState::Cancelled, _) => return format!("*{application}: cancelled*"),
        (_, SummaryVerdict::Pass) => "pass",
        (_, SummaryVerdict::Marginal) => "marginal",
        (_, SummaryVerdict::Fail) => "fail",
        (_, SummaryVerdict::Inconclusive) => "inconclusive",
        (_, SummaryVerdict::Error) => "error",
        (_, SummaryVerdict::Pending) => "pending",
    };
    let score = match summary.scored {
        true => format!(", score {} of 100", summary.score),
        false => String::new(),
    };
    format!("*{application}: {word}*{score}: {}", advice(summary.action))
}

fn advice(action: Action) -> &'static str {
    match action {
        Action::Promote => "promote",
        Action::Hold => "hold",
        Action::Wait => "wait",
        Action::Rollback => "roll back",
    }
}

fn look_headline(looked: &Looked) -> String {
    let found = &looked.look.found;
    let score = match found.scored {
        true => format!(", score {} of 100", found.score),
        false => String::new(),
    };
    format!(
        "*{}: {}*{score} at look {} of {}; the analysis goes on",
        line(&looked.application),
        found.verdict,
        looked.look.number,
        looked.looks_planned,
    )
}

fn metric(metric: &MetricResult) -> String {
    let critical = if metric.critical { " (critical)" } else { "" };
    let (name, reason) = (line(&metric.name), line(&metric.reason));
    format!("\u{2022} *{name}*{critical}: {reason}")
}

/// Text from elsewhere on one line, that mentions nobody and links nowhere.
fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (place, c) in text.chars().enumerate() {
        match c {
            _ if place == LINE => {
                out.push('\u{2026}');
                break;
            }
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Some chats call everybody where they see `@all`.
            '@' => out.push_str("@\u{200b}"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn text_from_elsewhere_calls_nobody() {
        assert_eq!(
            line("<!channel> a & b\n@all <https://evil.example|x>"),
            "&lt;!channel&gt; a &amp; b @\u{200b}all &lt;https://evil.example|x&gt;"
        );
        assert_eq!(line(&"x".repeat(1000)).chars().count(), 401);
    }
}
