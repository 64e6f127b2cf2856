//! Since when a stage can be live.

use jiff::{SignedDuration, Timestamp};

use super::{Event, Rollout};
use crate::{analysis::Accounts, canary_config::Mistake};

/// How far clocks may differ, and how much of a shift may lie before the report of the one before.
const TOLERATED: SignedDuration = SignedDuration::from_mins(5);

impl Rollout {
    /// Whether a stage could have become live at this time. A window that lies before the canary had the traffic would show it
    /// healthy whatever it is.
    ///
    /// Where no account is a running store's, the past can be gone through again: there the order of stages counts alone.
    ///
    /// # Errors
    /// It could not.
    pub fn live_since(&self, at: Timestamp, accounts: &Accounts) -> Result<(), Mistake> {
        let stages = self.record.iter().filter_map(|entry| match entry.what {
            Event::Live { since, .. } => Some(since),
            Event::Decided { .. } => None,
        });
        let last = if self.asks_running_stores(accounts) {
            let entries = self.record.iter().map(|entry| entry.at);
            entries.chain([self.created_at]).max()
        } else {
            stages.max()
        };
        match last {
            Some(last) if at < last.checked_sub(TOLERATED).unwrap_or(last) => {
                let detail = format!(
                    "the stage cannot be live since {at}: the rollout was planned, or changed last, at {last}"
                );
                Err(Mistake::new("/at", detail))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn asks_running_stores(&self, accounts: &Accounts) -> bool {
        let request = &self.request;
        let pairs = request.scopes.values();
        let scopes = (request.baseline.iter().chain(&request.canary))
            .chain(pairs.flat_map(|pair| [&pair.baseline, &pair.canary]));
        let of_scopes = scopes.filter_map(|scope| scope.account.as_ref());
        let of_metrics = self.config.metrics.iter();
        let of_metrics = of_metrics.filter_map(|metric| metric.account.as_ref());
        (self.config.defaults.account.iter())
            .chain(of_metrics)
            .chain(of_scopes)
            .filter_map(|name| accounts.get(name.as_str()))
            .any(|account| account.is_running())
    }
}
