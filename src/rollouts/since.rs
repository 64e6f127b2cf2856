//! Since when a stage can be live.

use jiff::{SignedDuration, Timestamp};

use super::Rollout;
use crate::{analysis::Accounts, canary_config::Mistake};

/// How far clocks may differ, and how much of a shift may lie before the report of the one before.
const TOLERATED: SignedDuration = SignedDuration::from_mins(5);

impl Rollout {
    /// Whether a stage could have become live at this time. A window that lies before the canary had the traffic would show it
    /// healthy whatever it is. A stage that is watched once more may be so since it was live first.
    ///
    /// Where no account is a running store's, the past can be gone through again: there the order of stages counts alone.
    ///
    /// # Errors
    /// It could not.
    pub(super) fn live_since(
        &self,
        stage: usize,
        at: Timestamp,
        accounts: &Accounts,
    ) -> Result<(), Mistake> {
        let mut reports = self.reports();
        let first = reports.find_map(|(live, since, _)| (live == stage).then_some(since));
        let last = if first.is_some() {
            first
        } else if self.asks_running_stores(accounts) {
            let entries = self.record.iter().map(|entry| entry.at);
            entries.chain([self.created_at]).max()
        } else {
            self.reports().map(|(_, since, _)| since).max()
        };
        match last {
            Some(last) if at < last.checked_sub(TOLERATED).unwrap_or(last) => {
                let detail = format!(
                    "stage {stage} cannot be live since {at}: until {last} the canary had less of the traffic"
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
