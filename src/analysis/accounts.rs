//! The metric stores a service may read, by account name.

use std::{collections::BTreeMap, fmt};

use serinus_adapters::{
    AccountConfig, Answer, Limits, MetricSource, QueryError, RangeQuery, template::Escaping,
};

use super::health::{Failing, Health};
use super::simulated::Simulated;

/// A connected account.
#[derive(Debug)]
pub struct Account {
    kind: &'static str,
    source: Box<dyn MetricSource>,
    escaping: Escaping,
    limits: Limits,
    health: Health,
}

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
        let answer = self.source.query(query).await;
        self.health.note(&answer);
        answer
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

    /// Takes note that a question was given up without an answer.
    pub(super) fn gave_no_answer(&self) {
        self.health.failed("timeout");
    }

    /// The failures of its store, unless the latest request was answered.
    pub fn failing(&self) -> Option<Failing> {
        self.health.failing()
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
                },
            );
        }
        Ok(Self { by_name })
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

    /// The names, for messages.
    pub fn names(&self) -> impl fmt::Display {
        let names: Vec<_> = self.by_name.keys().map(String::as_str).collect();
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    }
}
