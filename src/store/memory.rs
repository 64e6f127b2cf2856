//! Runs in memory: gone with the process, bounded in number.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::watch;

use super::{Advanced, RunFilter, RunStore, StoreError};
use crate::analysis::{Run, RunId, RunState};

/// Keeps the newest runs in memory.
#[derive(Debug)]
pub struct MemoryStore {
    limit: usize,
    /// Ids sort by creation time.
    runs: Mutex<BTreeMap<RunId, watch::Sender<Arc<Run>>>>,
}

impl MemoryStore {
    /// A store for at most `limit` runs.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            runs: Mutex::default(),
        }
    }

    fn runs(&self) -> MutexGuard<'_, BTreeMap<RunId, watch::Sender<Arc<Run>>>> {
        // No operation leaves the map half changed, so a panic elsewhere does not spoil it.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RunStore for MemoryStore {
    async fn create(&self, run: Run) -> Result<(), StoreError> {
        let mut runs = self.runs();
        while runs.len() >= self.limit {
            let oldest = runs
                .iter()
                .find(|(_, run)| run.borrow().state.is_final())
                .map(|(id, _)| *id);
            match oldest {
                Some(id) => runs.remove(&id),
                None => return Err(StoreError::Full { limit: self.limit }),
            };
        }
        runs.insert(run.id, watch::Sender::new(Arc::new(run)));
        Ok(())
    }

    async fn advance(&self, id: RunId, state: RunState) -> Result<Advanced, StoreError> {
        let runs = self.runs();
        let Some(sender) = runs.get(&id) else {
            return Ok(Advanced::AlreadyFinal);
        };
        let changed = sender.send_if_modified(|run| {
            if run.state.is_final() {
                return false;
            }
            *run = Arc::new(Run {
                state,
                ..Run::clone(run)
            });
            true
        });
        Ok(if changed {
            Advanced::Done
        } else {
            Advanced::AlreadyFinal
        })
    }

    async fn watch(&self, id: RunId) -> Result<Option<watch::Receiver<Arc<Run>>>, StoreError> {
        Ok(self.runs().get(&id).map(watch::Sender::subscribe))
    }

    async fn list(&self, filter: &RunFilter) -> Result<Vec<Arc<Run>>, StoreError> {
        let matches = |run: &Arc<Run>| {
            filter
                .application
                .as_ref()
                .is_none_or(|application| *application == run.application)
                && filter
                    .config
                    .as_ref()
                    .is_none_or(|config| *config == run.config.name)
                && filter.before.is_none_or(|before| run.id < before)
        };
        let runs = self.runs();
        let newest_first = runs.values().rev().map(|run| run.borrow().clone());
        Ok(newest_first.filter(matches).take(filter.limit).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::ConfigIdentity;
    use jiff::Timestamp;

    fn run(application: &str) -> Run {
        Run {
            id: RunId::new(),
            application: application.to_owned(),
            config: ConfigIdentity {
                name: "c".to_owned(),
                digest: String::new(),
            },
            labels: BTreeMap::new(),
            state: RunState::Queued {
                ready_at: Timestamp::UNIX_EPOCH,
            },
        }
    }

    fn everything() -> RunFilter {
        RunFilter {
            limit: 100,
            ..RunFilter::default()
        }
    }

    #[tokio::test]
    async fn an_ended_run_never_changes() {
        let store = MemoryStore::new(10);
        let run = run("a");
        let id = run.id;
        store.create(run).await.unwrap();
        assert_eq!(
            store.advance(id, RunState::Cancelled).await.unwrap(),
            Advanced::Done
        );
        let failed = RunState::Failed {
            reason: "late".to_owned(),
        };
        assert_eq!(
            store.advance(id, failed).await.unwrap(),
            Advanced::AlreadyFinal
        );
        let kept = store.watch(id).await.unwrap().unwrap().borrow().clone();
        assert!(matches!(kept.state, RunState::Cancelled));
    }

    #[tokio::test]
    async fn room_is_made_by_forgetting_ended_runs_only() {
        let store = MemoryStore::new(2);
        let (first, second) = (run("a"), run("b"));
        let (first_id, second_id) = (first.id, second.id);
        store.create(first).await.unwrap();
        store.create(second).await.unwrap();
        assert_eq!(
            store.create(run("c")).await,
            Err(StoreError::Full { limit: 2 })
        );

        store.advance(second_id, RunState::Cancelled).await.unwrap();
        store.create(run("c")).await.unwrap();
        assert!(store.watch(first_id).await.unwrap().is_some());
        assert!(store.watch(second_id).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn lists_are_newest_first_filtered_and_paged() {
        let store = MemoryStore::new(10);
        for application in ["a", "b", "a"] {
            store.create(run(application)).await.unwrap();
        }
        let all = store.list(&everything()).await.unwrap();
        assert!(all.windows(2).all(|pair| pair[0].id > pair[1].id));
        let of_a = RunFilter {
            application: Some("a".to_owned()),
            ..everything()
        };
        assert_eq!(store.list(&of_a).await.unwrap().len(), 2);
        let next_page = RunFilter {
            before: Some(all[1].id),
            ..everything()
        };
        let rest = store.list(&next_page).await.unwrap();
        assert_eq!(
            rest.iter().map(|run| run.id).collect::<Vec<_>>(),
            [all[2].id]
        );
    }
}
