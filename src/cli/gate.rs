//! What a pipeline makes of a scorecard: the exit code, and the files and notes its tools read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum, builder::FalseyValueParser};

use super::{
    Outcome, github,
    outcome::Failure,
    output::{self, Format},
};
use crate::{
    analysis::{Decided, Scorecard, Summary, SummaryVerdict},
    report,
};

/// What is wanted of a verdict.
#[derive(Debug, Clone, Args)]
pub(super) struct Gate {
    /// The form of the result
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Exit as if a marginal canary had passed or failed
    #[arg(long, value_name = "VERDICT")]
    marginal_as: Option<As>,
    /// Exit as if a canary that could not be decided had passed or failed
    #[arg(long, value_name = "VERDICT")]
    inconclusive_as: Option<As>,
    /// Write the report as a page in one file, too
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the result for CI systems as JUnit XML, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the result as Markdown, too
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write the result as `NAME=VALUE` lines, too: `verdict`, `score`, `analysis`, `report_url`
    #[arg(long, value_name = "FILE")]
    outputs: Option<PathBuf>,
    /// Tell GitHub Actions: annotations, the step's summary, its outputs
    #[arg(long, env = "GITHUB_ACTIONS", value_parser = FalseyValueParser::new())]
    github: bool,
}

/// What an undecided verdict is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum As {
    /// The canary passed
    Pass,
    /// The canary failed
    Fail,
}

impl From<As> for Outcome {
    fn from(taken: As) -> Self {
        match taken {
            As::Pass => Self::Pass,
            As::Fail => Self::Fail,
        }
    }
}

impl Gate {
    /// Tells a scorecard in all forms that are wanted; `run` is the server's, if a server judged.
    pub(super) fn tell(
        &self,
        scorecard: &Scorecard,
        run: Option<&Summary>,
    ) -> Result<Outcome, Failure> {
        output::print(&self.format.render(scorecard)?);
        output::write_html(self.html.as_deref(), scorecard)?;
        let link = run.map(|run| run.report_url.as_str());
        // A scorecard of a server's has the link itself.
        let missing = link.filter(|_| scorecard.links.is_none());
        let markdown = linked(report::markdown(scorecard), missing);
        if let Some(file) = &self.junit {
            write(
                file,
                &report::junit(scorecard).map_err(Failure::infrastructure)?,
            )?;
        }
        if let Some(file) = &self.markdown {
            write(file, &markdown)?;
        }
        let outputs = Outputs {
            verdict: scorecard.decision.verdict.as_str(),
            score: Decided::from(scorecard)
                .score_to_act_on()
                .unwrap_or_default(),
            analysis: run.map_or("", |run| run.id.as_str()),
            report_url: link.unwrap_or_default(),
        };
        if let Some(file) = &self.outputs {
            write(file, &outputs.lines())?;
        }
        if self.github {
            github::annotate(scorecard, link);
            github::append(github::SUMMARY, &markdown)?;
            github::append(github::OUTPUT, &outputs.lines())?;
        }
        Ok(self.taken(scorecard.decision.verdict.into()))
    }

    /// Tells that a run ended without a scorecard.
    pub(super) fn tell_without(&self, run: &Summary) -> Result<Outcome, Failure> {
        output::complain(&run.reason);
        let markdown = linked(
            report::markdown_without(&run.application, &run.reason),
            Some(&run.report_url),
        );
        if let Some(file) = &self.junit {
            let junit = report::junit_without(&run.application, &run.reason);
            write(file, &junit.map_err(Failure::infrastructure)?)?;
        }
        if let Some(file) = &self.markdown {
            write(file, &markdown)?;
        }
        let outputs = Outputs {
            verdict: SummaryVerdict::Error.as_str(),
            score: 0.0,
            analysis: &run.id,
            report_url: &run.report_url,
        };
        if let Some(file) = &self.outputs {
            write(file, &outputs.lines())?;
        }
        if self.github {
            github::error(&run.reason);
            github::append(github::SUMMARY, &markdown)?;
            github::append(github::OUTPUT, &outputs.lines())?;
        }
        Ok(run.verdict.into())
    }

    /// Tells that there is no run to tell of.
    pub(super) fn tell_failure(&self, failure: Failure) -> Failure {
        if self.github {
            github::error(&failure.to_string());
        }
        failure
    }

    fn taken(&self, outcome: Outcome) -> Outcome {
        let taken = match outcome {
            Outcome::Marginal => self.marginal_as,
            Outcome::Inconclusive => self.inconclusive_as,
            Outcome::Pass | Outcome::Fail | Outcome::Usage | Outcome::Infrastructure => None,
        };
        taken.map_or(outcome, Outcome::from)
    }
}

/// What later steps of a pipeline may want to know.
struct Outputs<'a> {
    verdict: &'a str,
    score: f64,
    analysis: &'a str,
    report_url: &'a str,
}

impl Outputs<'_> {
    fn lines(&self) -> String {
        let Self {
            verdict,
            score,
            analysis,
            report_url,
        } = self;
        // What a server answers must not add lines of its own.
        let line = |text: &str| text.replace(char::is_control, "");
        let (analysis, report_url) = (line(analysis), line(report_url));
        format!("verdict={verdict}\nscore={score}\nanalysis={analysis}\nreport_url={report_url}\n")
    }
}

fn linked(markdown: String, link: Option<&str>) -> String {
    match link {
        Some(link) => format!("{markdown}\n[The whole report]({link})\n"),
        None => markdown,
    }
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text)
        .map_err(|error| Failure::infrastructure(format!("{}: {error}", file.display())))
}
