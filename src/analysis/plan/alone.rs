//! A query by itself, compared with nothing: for somebody who writes a config and wants to see what it finds.

use jiff::SignedDuration;
use serinus_adapters::Step;
use serinus_judge::Side;

use super::{
    planned::{PlannedQuery, Role},
    queries::Asked,
};
use crate::{
    analysis::{Accounts, Scope, WindowSpan},
    canary_config::{Name, QueryTemplate},
};

/// A query about one population over one window.
#[derive(Debug, Clone, PartialEq)]
pub struct SingleQuery {
    /// The account it goes to.
    pub account: Name,
    /// What is asked.
    pub query: QueryTemplate,
    /// Whom it is about; what is empty in it is not defined.
    pub scope: Scope,
    /// Which time it is about.
    pub window: WindowSpan,
    /// The distance between two samples.
    pub step: SignedDuration,
}

impl SingleQuery {
    /// The query, complete.
    ///
    /// # Errors
    /// Why it cannot be asked, as a sentence.
    pub fn planned(&self, accounts: &Accounts) -> Result<PlannedQuery, String> {
        let name = self.account.as_str();
        let account = accounts
            .get(name)
            .ok_or_else(|| format!("no account is named {name:?}"))?;
        let step = Step::try_from(self.step).map_err(|error| error.to_string())?;
        let span = (self.window.start, self.window.end);
        Asked::alone(name, account, self.scope.clone(), span, step)
            .query(&self.query, Role::Samples(Side::Canary))
            .map_err(|error| error.to_string())
    }
}
