//! The metric stores a service may read, by account name.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serinus_adapters::{
    AccountConfig, Answer, Batch, Limits, MetricSource, QueryError, RangeQuery, template::Escaping,
};

use super::health::{Failing, Health};
use super::kept::KeptAnswers;
use super::simulated::Simulated;

/// A connected account.
#[derive(Debug)]
pub struct Account {
    kind: &'static str,
    source: Box<dyn MetricSource>,
    escaping: Escaping,
    limits: Limits,
    health: Health,
    settling: Settling,
}

/// When what a store says of a time stops changing.
#[derive(Debug)]
enum Settling {
    /// So long after the time.
    After(SignedDuration),
    /// Never: people edit files, and the simulator costs nothing.
    Never,
}

/// How long answers have to be settled before they are kept, besides the account's own settling delay: clocks differ, and
/// collectors that were down catch up.
const MARGIN: SignedDuration = SignedDuration::from_mins(10);

impl Account {
    /// The type of its store, such as `prometheus`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Asks its store once.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let mut answer = self.source.query(query).await;
        self.health.note(&answer);
        if let (Ok(answer), Some(note)) = (&mut answer, self.clock_note()) {
            answer.notes.push(note);
        }
        answer
    }

    /// How many questions of one window one request to its store may carry.
    pub(super) fn questions_per_request(&self) -> usize {
        self.source.questions_per_request().get()
    }

    /// Asks its store several questions in one request, once; `None` stands for a question that is to be asked alone.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub(super) async fn query_together(
        &self,
        batch: &Batch,
    ) -> Result<Vec<Option<Answer>>, QueryError> {
        let mut answers = self.source.query_together(batch).await;
        // Where nothing is answered, it may be that nothing was sent.
        if answers
            .as_ref()
            .map_or(true, |answers| answers.iter().any(Option::is_some))
        {
            self.health.note(&answers);
        }
        if let (Ok(answers), Some(note)) = (&mut answers, self.clock_note()) {
            for answer in answers.iter_mut().flatten() {
                answer.notes.push(note.clone());
            }
        }
        answers
    }

    /// What to say where the store's clock is so far from this machine's that windows up to now miss what they mean.
    fn clock_note(&self) -> Option<String> {
        const TOLERATED: SignedDuration = SignedDuration::from_secs(30);
        let offset = self.source.clock_offset()?;
        let way = if offset.is_positive() {
            "ahead of"
        } else {
            "behind"
        };
        let size = offset.abs();
        (size > TOLERATED).then(|| {
            format!("the store's clock is {size:#} {way} this service's: windows up to now are not what they seem")
        })
    }

    /// Asks its store something cheap, with the account's credentials.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub async fn check(&self) -> Result<(), QueryError> {
        let checked = self.source.check().await;
        self.health.note(&checked);
        checked
    }

    /// The names of the metrics its store has; none where its API does not tell them.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub async fn metric_names(&self) -> Result<Vec<String>, QueryError> {
        let names = self.source.metric_names().await;
        self.health.note(&names);
        names
    }

    /// Takes note that a question was given up without an answer.
    pub(super) fn gave_no_answer(&self) {
        self.health.failed("timeout");
    }

    /// The failures of its store, unless the latest request was answered.
    pub fn failing(&self) -> Option<Failing> {
        self.health.failing()
    }

    /// Whether its store said at `now` what it will always say of a window that ended then.
    pub(super) fn has_settled(&self, end: Timestamp, now: Timestamp) -> bool {
        match self.settling {
            Settling::After(delay) => now.duration_since(end) > delay,
            Settling::Never => false,
        }
    }

    /// Whether it is a store that goes on while it is asked, not a folder or the simulator.
    pub(crate) fn is_running(&self) -> bool {
        matches!(self.settling, Settling::After(_))
    }

    /// How variables are escaped in queries to it.
    pub fn escaping(&self) -> Escaping {
        self.escaping
    }

    /// Its limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// Why an account cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("account {name:?}: {source}")]
pub struct ConnectError {
    name: String,
    source: serinus_adapters::ConnectError,
}

/// All accounts, by name.
#[derive(Debug, Default)]
pub struct Accounts {
    by_name: BTreeMap<String, Account>,
    kept: Option<KeptAnswers>,
}

fn settling(config: &AccountConfig) -> Settling {
    // What is asked of no host is asked of a folder.
    if config.host().is_none() {
        return Settling::Never;
    }
    let delay = SignedDuration::try_from(config.limits().settling_delay);
    Settling::After(delay.unwrap_or(SignedDuration::MAX).saturating_add(MARGIN))
}

impl Accounts {
    /// Connects the configured accounts. Nothing is sent yet: that a store answers is what `check` finds out.
    ///
    /// # Errors
    /// A setting that can never work, such as a secret that is not there.
    pub fn connect(configs: &BTreeMap<String, AccountConfig>) -> Result<Self, ConnectError> {
        let mut by_name = BTreeMap::new();
        for (name, config) in configs {
            let source = config.connect().map_err(|source| ConnectError {
                name: name.clone(),
                source,
            })?;
            by_name.insert(
                name.clone(),
                Account {
                    kind: config.kind(),
                    source,
                    escaping: config.escaping(),
                    limits: config.limits().clone(),
                    health: Health::default(),
                    settling: settling(config),
                },
            );
        }
        let kept = None;
        Ok(Self { by_name, kept })
    }

    /// Keeps answers about settled times, up to so many samples; none keeps nothing.
    #[must_use]
    pub fn keeping(mut self, samples: usize) -> Self {
        self.kept = (samples > 0).then(|| KeptAnswers::up_to(samples));
        self
    }

    /// The answers that are kept, if any are.
    pub(super) fn kept(&self) -> Option<&KeptAnswers> {
        self.kept.as_ref()
    }

    /// Adds the account `simulator`, which answers from simulated releases.
    #[must_use]
    pub fn with_simulator(mut self) -> Self {
        self.by_name.insert(
            "simulator".to_owned(),
            Account {
                kind: "simulator",
                source: Box::new(Simulated::default()),
                escaping: Escaping::PromqlString,
                limits: Limits::default(),
                health: Health::default(),
                settling: Settling::Never,
            },
        );
        self
    }

    /// The account of that name.
    pub fn get(&self, name: &str) -> Option<&Account> {
        self.by_name.get(name)
    }

    /// All accounts with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Account)> {
        self.by_name
            .iter()
            .map(|(name, account)| (name.as_str(), account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_store_says_settles_and_what_a_folder_holds_does_not() {
        let configs = serde_json::json!({
            "store": {"type": "prometheus", "url": "http://localhost:1", "limits": {"settlingDelay": "5m"}},
            "folder": {"type": "file", "directory": "/"},
        });
        let configs = serde_json::from_value(configs).unwrap();
        let accounts = Accounts::connect(&configs).unwrap().with_simulator();
        let end = Timestamp::UNIX_EPOCH;
        let settled = |name: &str, minutes| {
            let now = end + SignedDuration::from_mins(minutes);
            accounts.get(name).unwrap().has_settled(end, now)
        };
        assert!(!settled("store", 15));
        assert!(settled("store", 16));
        assert!(!settled("folder", 1_000_000));
        assert!(!settled("simulator", 1_000_000));
    }
}
