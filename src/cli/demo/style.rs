//! Emphasis for terminals.

use clap::builder::styling::{AnsiColor, Style};

use super::rollout::Assessment;
use crate::{cli::output, report::Colour};

/// The text in this style, where colours are wanted.
fn painted(style: Style, text: &str) -> String {
    match output::colour() {
        Colour::Always => format!("{style}{text}{style:#}"),
        Colour::Never => text.to_owned(),
    }
}

pub(super) fn bold(text: &str) -> String {
    painted(Style::new().bold(), text)
}

pub(super) fn faint(text: &str) -> String {
    painted(Style::new().dimmed(), text)
}

/// The text in the colour of what is to be thought of a decision.
pub(super) fn assessed(assessment: Assessment, text: &str) -> String {
    let colour = match assessment {
        Assessment::Right => AnsiColor::Green,
        Assessment::Cautious => AnsiColor::Yellow,
        Assessment::FalseAlarm | Assessment::SlippedThrough => AnsiColor::Red,
    };
    painted(colour.on_default(), text)
}
