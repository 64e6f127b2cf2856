//! `serinus analyze`: a gate for pipelines.

use std::{collections::BTreeMap, path::Path};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use super::{Outcome, client::Client, gate::Gate, outcome::Failure, output, runtime};
use crate::{
    analysis::{
        AnalysisRequest, ConfigRef, LooksRequest, Scope, Scorecard, Summary, SummaryState,
        WindowRequest,
    },
    canary_config::Name,
};

/// Have a server analyse a canary, wait for the verdict, and exit with it
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
    #[arg(long, value_name = "DURATION", required_unless_present_any = ["start", "duration"], conflicts_with_all = ["start", "end", "duration"])]
    lookback: Option<SignedDuration>,
    /// The start of the window, RFC 3339
    #[arg(long, value_name = "TIME", requires = "end")]
    start: Option<Timestamp>,
    /// The end of the window; if it lies ahead, the analysis waits for it
    #[arg(long, value_name = "TIME", requires = "start")]
    end: Option<Timestamp>,
    /// Watch the canary for so much time from now on
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["start", "end"])]
    duration: Option<SignedDuration>,
    /// Let so much time pass before that
    #[arg(long, value_name = "DURATION", requires = "duration")]
    warm_up: Option<SignedDuration>,
    /// Look at the canary this often while the window fills; a bad one ends it early
    #[arg(long, value_name = "DURATION")]
    every: Option<SignedDuration>,
    /// The distance between two samples, in place of the config's
    #[arg(long, value_name = "DURATION")]
    step: Option<SignedDuration>,
    /// A label to keep with the run, such as the commit
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = key_value)]
    labels: Vec<(String, String)>,
    /// Give up waiting after so long; the run goes on
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    timeout: SignedDuration,
    /// The caller's own name for the run: asked for again under it, it is the same run
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// What the server knows the caller by
    #[arg(
        long,
        value_name = "TOKEN",
        env = "SERINUS_TOKEN",
        hide_env_values = true
    )]
    token: Option<SecretString>,
    #[command(flatten)]
    gate: Gate,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

impl Analyze {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let gate = self.gate.clone();
        let ended = self.ended();
        ended
            .and_then(|(run, scorecard)| {
                let outcome = match &scorecard {
                    Some(scorecard) => gate.tell(scorecard, Some(&run))?,
                    None => gate.tell_without(&run)?,
                };
                output::tell(&format!("report: {}", run.report_url));
                Ok(outcome)
            })
            .map_err(|failure| gate.tell_failure(failure))
    }

    /// The run when it has ended, and its scorecard if it has one.
    fn ended(self) -> Result<(Summary, Option<Scorecard>), Failure> {
        let client = Client::new(&self.server, self.token.as_ref())?;
        let (timeout, key) = (self.timeout, self.key.clone());
        let request = self.request()?;
        runtime()?.block_on(async {
            let started = client.create(&request, key.as_deref()).await?;
            output::tell(&format!("analysis {} is started", started.id));
            let ended = client.follow(started, timeout, output::tell).await?;
            let scorecard = match ended.state {
                SummaryState::Succeeded => Some(client.scorecard(&ended.id).await?),
                SummaryState::Queued
                | SummaryState::Running
                | SummaryState::Failed
                | SummaryState::Cancelled => None,
            };
            Ok((ended, scorecard))
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
            looks: self.every.map(|every| LooksRequest {
                every,
                ..LooksRequest::default()
            }),
            window: WindowRequest {
                lookback: self.lookback,
                start: self.start,
                end: self.end,
                duration: self.duration,
                warm_up: self.warm_up,
                ..WindowRequest::default()
            },
            step: self.step,
            thresholds: None,
            labels: self.labels.into_iter().collect(),
            callbacks: Vec::new(),
        })
    }
}
