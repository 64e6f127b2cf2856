//! Judges elsewhere, asked over HTTP as Kayenta asks its remote judge: `POST {url}/judge`.
//!
//! Nothing passes by what another judge leaves out, garbles or contradicts itself in: then there is no decision.

mod answer;
mod question;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serinus_adapters::{
    ConnectError,
    http::{JsonService, JsonServiceConfig},
};
use serinus_judge::Heard;

use crate::{
    analysis::{Accounts, Case, FetchLimits, try_again},
    canary_config::{CanaryConfig, Mistake},
};

/// Why a judge can never be asked: mend the settings.
#[derive(Debug, thiserror::Error)]
#[error("remoteJudges.{name}: {source}")]
pub struct RemoteJudgeError {
    name: String,
    source: ConnectError,
}

/// Why there is no decision. Try again, or mend the judge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the remote judge {judge:?} gave no decision: {detail}")]
pub struct NoDecision {
    judge: String,
    detail: String,
}

/// The judges that configs can name, by name.
#[derive(Debug, Default)]
pub struct RemoteJudges {
    by_name: BTreeMap<String, JsonService>,
}

impl RemoteJudges {
    /// Checks the settings, and that every secret can be read now. Sends nothing.
    ///
    /// # Errors
    /// A judge can never be asked.
    pub fn connect(
        configs: &BTreeMap<String, JsonServiceConfig>,
    ) -> Result<Self, RemoteJudgeError> {
        let connected = configs.iter().map(|(name, config)| {
            let service = JsonService::connect(config).map_err(|source| RemoteJudgeError {
                name: name.clone(),
                source,
            })?;
            Ok((name.clone(), service))
        });
        let by_name = connected.collect::<Result<_, RemoteJudgeError>>()?;
        Ok(Self { by_name })
    }

    /// Whether there is a judge of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Whether the judge of a config can be asked.
    ///
    /// # Errors
    /// It is not known; the pointer is into the config.
    pub fn check(&self, config: &CanaryConfig) -> Result<(), Mistake> {
        let Some(remote) = config.judge.remote() else {
            return Ok(());
        };
        let name = remote.account.as_str();
        if self.knows(name) {
            return Ok(());
        }
        let known: Vec<_> = self.by_name.keys().map(String::as_str).collect();
        let known = match known.as_slice() {
            [] => "none".to_owned(),
            known => known.join(", "),
        };
        let detail =
            format!("no remote judge is named {name:?} in the service's settings; known: {known}");
        Err(Mistake::new("/judge/remote/account", detail))
    }

    /// Asks the judge of a case: what it says, and how long that took. Dropping the future asks no more.
    ///
    /// # Errors
    /// It is not known, or its answer is none to what it was asked.
    pub async fn ask(
        &self,
        case: &Case,
        accounts: &Accounts,
        limits: FetchLimits,
    ) -> Result<(Heard, Duration), NoDecision> {
        let Some(remote) = case.config().judge.remote() else {
            return Err(NoDecision {
                judge: String::new(),
                detail: "the config names a judge of this program".to_owned(),
            });
        };
        let none = |detail: String| NoDecision {
            judge: remote.account.to_string(),
            detail,
        };
        let judge = self.by_name.get(remote.account.as_str());
        let judge = judge.ok_or_else(|| none("the settings know it no more".to_owned()))?;
        let question = question::of(case, remote, accounts);
        let question = serde_json::to_value(question).map_err(|error| none(error.to_string()))?;
        let started = Instant::now();
        let mut tried = 0;
        // Judging changes nothing, so it can be asked for again.
        let asked = try_again(
            || judge.post("judge", &question),
            serinus_adapters::QueryError::is_retryable,
            limits.attempts,
            &mut tried,
        );
        let answer = tokio::time::timeout(limits.deadline, asked)
            .await
            .map_err(|_| none(format!("no answer within {} s", limits.deadline.as_secs())))?
            .map_err(|error| none(error.detail().to_owned()))?;
        let heard = answer::read(&answer, case.release()).map_err(none)?;
        Ok((heard, started.elapsed()))
    }
}
