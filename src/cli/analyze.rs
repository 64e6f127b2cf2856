//! `serinus analyze`: a gate for pipelines.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::{
    Outcome,
    client::{Client, TOKEN},
    outcome::Failure,
    output::{self, Format},
    runtime,
};
use crate::{
    analysis::{AnalysisRequest, ConfigRef, Scope, Summary, SummaryState, WindowRequest},
    canary_config::Name,
};

/// Have a server analyse a canary, wait for the verdict, and exit with it
///
/// The token that the server asks for, if it does, is taken from the variable SERINUS_TOKEN.
#[derive(Debug, Args)]
pub(super) struct Analyze {
    /// The server
    #[arg(
        long,
        value_name = "URL",
        env = "SERINUS_SERVER",
        default_value = "http://127.0.0.1:8090"
    )]
    server: String,
    /// The application that is released
    #[arg(long, value_name = "NAME")]
    application: String,
    /// The canary config: one the server knows by name, or a file
    #[arg(long, value_name = "NAME|FILE")]
    config: String,
    /// The old version's scope
    #[arg(long, value_name = "SCOPE")]
    baseline: String,
    /// The new version's scope
    #[arg(long, value_name = "SCOPE")]
    canary: String,
    /// Where both run
    #[arg(long, value_name = "LOCATION")]
    location: Option<String>,
    /// A variable for the queries of both sides
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = key_value)]
    params: Vec<(String, String)>,
    /// Compare the last so much time, such as 30m
    #[arg(long, value_name = "DURATION", required_unless_present = "start", conflicts_with_all = ["start", "end"])]
    lookback: Option<SignedDuration>,
    /// The start of the window, RFC 3339
    #[arg(long, value_name = "TIME", requires = "end")]
    start: Option<Timestamp>,
    /// The end of the window; if it lies ahead, the analysis waits for it
    #[arg(long, value_name = "TIME", requires = "start")]
    end: Option<Timestamp>,
    /// The distance between two samples, in place of the config's
    #[arg(long, value_name = "DURATION")]
    step: Option<SignedDuration>,
    /// A label to keep with the run, such as the commit
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = key_value)]
    labels: Vec<(String, String)>,
    /// Give up waiting after so long; the run goes on
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    timeout: SignedDuration,
    /// The form of the result
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write the report as a page in one file, too
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

impl Analyze {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let token = std::env::var(TOKEN).ok();
        let client = Client::new(&self.server, token.as_deref().map(str::trim))?;
        let (format, timeout, html) = (self.format, self.timeout, self.html.clone());
        let request = self.request()?;
        runtime()?.block_on(async {
            let started = client.create(&request).await?;
            output::tell(&format!("analysis {} is started", started.id));
            let ended = client.follow(started, timeout, output::tell).await?;
            report(&client, &ended, format, html.as_deref()).await
        })
    }

    fn request(self) -> Result<AnalysisRequest, Failure> {
        let params: BTreeMap<_, _> = self.params.into_iter().collect();
        let scope = |scope| Scope {
            scope,
            location: self.location.clone(),
            params: params.clone(),
            ..Scope::default()
        };
        let config = if Path::new(&self.config).exists() {
            ConfigRef::Inline(Box::new(output::read_config(&self.config)?))
        } else {
            ConfigRef::Name(Name::try_from(self.config).map_err(Failure::usage)?)
        };
        Ok(AnalysisRequest {
            application: Name::try_from(self.application).map_err(Failure::usage)?,
            config,
            baseline: Some(scope(self.baseline)),
            canary: Some(scope(self.canary)),
            scopes: BTreeMap::new(),
            looks: None,
            window: WindowRequest {
                lookback: self.lookback,
                start: self.start,
                end: self.end,
                ..WindowRequest::default()
            },
            step: self.step,
            thresholds: None,
            labels: self.labels.into_iter().collect(),
            callbacks: Vec::new(),
        })
    }
}

/// Prints how an analysis ended.
async fn report(
    client: &Client,
    ended: &Summary,
    format: Format,
    html: Option<&Path>,
) -> Result<Outcome, Failure> {
    if ended.state == SummaryState::Succeeded {
        let scorecard = client.scorecard(&ended.id).await?;
        output::print(&format.render(&scorecard)?);
        output::write_html(html, &scorecard)?;
        output::tell(&format!("report: {}", ended.report_url));
    } else {
        output::complain(&ended.reason);
    }
    Ok(ended.verdict.into())
}
