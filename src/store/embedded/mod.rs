//! Runs in one crash-safe file beside the program, or in memory: the default, for one replica.

mod deliveries;
mod documents;
mod file;
mod outbox;
mod queue;
mod tables;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use redb::{ReadTransaction, WriteTransaction};

use super::{
    Changed, Changes, Claim, Created, DueDelivery, Fence, Held, NewRun, RunFilter, RunStore,
    StoreError, StoreLimits, packed::pack,
};
use crate::{
    analysis::{Delivery, Progress, Run, RunId, RunState, Scorecard},
    canary_config::CanaryConfig,
};
use file::{Failed, File};
use outbox::{Outbox, Post};
use queue::{Queue, Taken};

pub use file::Place;

/// Keeps runs in one file or in memory.
#[derive(Debug)]
pub struct EmbeddedStore {
    shared: Arc<Shared>,
    limits: StoreLimits,
}

/// The database, and what is kept in memory of it.
#[derive(Debug)]
struct Shared {
    file: File,
    queue: Arc<Queue>,
    outbox: Outbox,
    changes: Changes,
}

impl EmbeddedStore {
    /// Opens the store, or makes it. Runs that had not ended go on.
    ///
    /// # Errors
    /// The file cannot be used, or is no store of this version.
    pub fn open(place: Place, limits: StoreLimits) -> Result<Self, StoreError> {
        let file = File::open(place)?;
        file.write(tables::make)?;
        file.write(documents::make)?;
        let queue = Queue::new(limits);
        for run in file.read(tables::unended)? {
            queue.wait(&run);
        }
        let outbox = Outbox::default();
        for delivery in file.read(deliveries::undelivered)? {
            outbox.put(&delivery);
        }
        let shared = Shared {
            file,
            queue: Arc::new(queue),
            outbox,
            changes: Changes::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            limits,
        })
    }

    /// Writes off the runtime's own threads, as being sure that it is on disk takes a while; then does what follows in memory. Both are
    /// done to the end, also if nobody waits for them any more.
    async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&WriteTransaction) -> Result<T, Failed> + Send + 'static,
        then: impl FnOnce(&Shared, &Result<T, StoreError>) + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = self.shared.clone();
        blocking(move || {
            let written = shared.file.write(write);
            then(&shared, &written);
            written
        })
        .await
    }

    /// Reads off the runtime's own threads, where much may have to be read.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = self.shared.clone();
        blocking(move || shared.file.read(read)).await
    }

    /// The run with how far it has come, if somebody carries it on just now.
    fn as_it_stands(&self, mut run: Run) -> Arc<Run> {
        if let (RunState::Queued { .. }, Some(progress)) =
            (&run.state, self.shared.queue.progress(run.id))
        {
            run.state = RunState::Running(progress);
        }
        Arc::new(run)
    }
}

/// Keeps messages until they are delivered.
fn post(database: &WriteTransaction, messages: &[Delivery]) -> Result<(), Failed> {
    messages
        .iter()
        .try_for_each(|message| deliveries::put(database, message))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(StoreError::Unavailable(error.to_string())),
    }
}

#[async_trait]
impl RunStore for EmbeddedStore {
    async fn create(&self, new: NewRun) -> Result<Created, StoreError> {
        let limits = self.limits;
        let messages = Arc::new(Delivery::all_of_new(&new.run, Timestamp::now()));
        let posted = messages.clone();
        self.write(
            move |database| {
                if let Some(key) = &new.key
                    && let Some((run, digest)) = tables::keyed(database, &key.key.name)?
                    && let Some(found) = key.finds(run, &digest, new.run.application())
                {
                    return Ok(found);
                }
                if tables::open_runs(database)? >= u64::try_from(limits.open).unwrap_or(u64::MAX) {
                    return Err(StoreError::Full { limit: limits.open }.into());
                }
                tables::prune(database, &limits, Timestamp::now())?;
                tables::insert(database, &new)?;
                post(database, &posted)?;
                Ok(Created::New(Arc::new(new.run)))
            },
            move |shared, created| {
                if let Ok(Created::New(run)) = created {
                    messages
                        .iter()
                        .for_each(|message| shared.outbox.put(message));
                    shared.queue.wait(run);
                    shared.changes.tell(run.id);
                }
            },
        )
        .await
    }

    async fn claim(&self) -> Result<Claim, StoreError> {
        loop {
            let woken = self.shared.queue.woken.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            match self.shared.queue.take(Timestamp::now()) {
                Taken::Look(fence) => {
                    let mut handover = queue::Handover {
                        queue: &self.shared.queue,
                        fence: Some(fence.clone()),
                    };
                    let found = self.shared.file.read(|database| {
                        // One that was cancelled between its last write and its wait is queued once more.
                        let run = tables::run(database, fence.run)?;
                        let Some(run) = run.filter(|run| !run.state.is_final()) else {
                            return Ok(None);
                        };
                        let config = match tables::config(database, &run.config.digest) {
                            Ok(Some(config)) => Ok(Arc::new(config)),
                            Ok(None) => Err("it is missing".to_owned()),
                            Err(Failed::Store(StoreError::Unreadable(why))) => Err(why),
                            Err(error) => return Err(error),
                        };
                        Ok(Some((run, config)))
                    });
                    if let Err(StoreError::Unreadable(why)) = &found {
                        // It would be taken again and again, and hold up all others.
                        handover.fence = None;
                        self.shared.queue.forget(fence.run);
                        tracing::error!(run.id = %fence.run, why, "a kept run cannot be read and is passed over");
                        continue;
                    }
                    let found = found?;
                    handover.fence = None;
                    match found {
                        Some((run, config)) => {
                            return Ok(Claim {
                                run: Arc::new(run),
                                config,
                                fence,
                            });
                        }
                        None => self.shared.queue.forget(fence.run),
                    }
                }
                Taken::Nothing(wait) => {
                    tokio::select! {
                        () = woken => {}
                        () = tokio::time::sleep(wait) => {}
                    }
                }
            }
        }
    }

    async fn renew(&self, fence: &Fence) -> Result<Held, StoreError> {
        Ok(self.shared.queue.renew(fence))
    }

    async fn report(&self, fence: &Fence, progress: Progress) -> Result<(), StoreError> {
        if self.shared.queue.report(fence, progress) == Held::Yes {
            self.shared.changes.tell(fence.run);
        }
        Ok(())
    }

    async fn commit(
        &self,
        fence: &Fence,
        run: Run,
        scorecard: Option<Arc<Scorecard>>,
    ) -> Result<Held, StoreError> {
        if self.shared.queue.hold(fence) == Held::Lost {
            return Ok(Held::Lost);
        }
        let (fence, run) = (fence.clone(), Arc::new(run));
        let messages = Arc::new(Delivery::all_of(&run, Timestamp::now()));
        let (written, posted) = (run.clone(), messages.clone());
        self.write(
            move |database| {
                match tables::current(database, written.id)? {
                    Some(before) if !before.state.is_final() => {}
                    Some(_) | None => return Ok(Held::Lost),
                }
                if let (Some(scorecard), Some(look)) = (scorecard, written.looks.last()) {
                    tables::put_scorecard(database, written.id, look.number, &pack(&*scorecard)?)?;
                }
                tables::put(database, &written)?;
                post(database, &posted)?;
                Ok(Held::Yes)
            },
            move |shared, done| match done {
                Ok(Held::Yes) => {
                    shared.queue.wait(&run);
                    shared.changes.tell(run.id);
                    messages
                        .iter()
                        .for_each(|message| shared.outbox.put(message));
                }
                Ok(Held::Lost) => shared.queue.forget(run.id),
                // It can be tried again under the same claim.
                Err(_) => {
                    let _still_held = shared.queue.renew(&fence);
                }
            },
        )
        .await
    }

    async fn release(&self, fence: &Fence) -> Result<Held, StoreError> {
        let held = self.shared.queue.release(fence);
        self.shared.changes.tell(fence.run);
        Ok(held)
    }

    async fn cancel(&self, id: RunId) -> Result<Option<Arc<Run>>, StoreError> {
        let cancelled = self.write(
            move |database| {
                let Some(mut run) = tables::current(database, id)? else {
                    return Ok((None, Vec::new()));
                };
                let mut messages = Vec::new();
                if !run.state.is_final() {
                    run.end(RunState::Cancelled);
                    tables::put(database, &run)?;
                    messages = Delivery::all_of(&run, Timestamp::now());
                    post(database, &messages)?;
                }
                Ok((Some(Arc::new(run)), messages))
            },
            move |shared, cancelled| {
                if let Ok((_, messages)) = cancelled {
                    messages
                        .iter()
                        .for_each(|message| shared.outbox.put(message));
                    shared.queue.forget(id);
                    shared.changes.tell(id);
                }
            },
        );
        cancelled.await.map(|(run, _)| run)
    }

    async fn claim_delivery(&self, hold: Duration) -> Result<DueDelivery, StoreError> {
        loop {
            let woken = self.shared.outbox.woken.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            match self.shared.outbox.take(Timestamp::now(), hold) {
                Post::Delivery(run, id) => {
                    let found = self.shared.file.read(|database| {
                        let delivery = deliveries::get(database, run, id)?;
                        Ok(delivery.zip(tables::run(database, run)?))
                    })?;
                    match found {
                        Some((delivery, run)) if delivery.due().is_some() => {
                            let run = Arc::new(run);
                            return Ok(DueDelivery { delivery, run });
                        }
                        Some(_) | None => self.shared.outbox.forget(id),
                    }
                }
                Post::Nothing(wait) => {
                    tokio::select! {
                        () = woken => {}
                        () = tokio::time::sleep(wait) => {}
                    }
                }
            }
        }
    }

    async fn note_attempt(&self, delivery: Delivery) -> Result<Held, StoreError> {
        let delivery = Arc::new(delivery);
        let written = delivery.clone();
        self.write(
            move |database| {
                match deliveries::current(database, written.run, written.id)? {
                    Some(before) if written.follows(&before) => {}
                    Some(_) | None => return Ok(Held::Lost),
                }
                deliveries::put(database, &written)?;
                Ok(Held::Yes)
            },
            move |shared, held| {
                if let Ok(Held::Yes) = held {
                    shared.outbox.put(&delivery);
                }
            },
        )
        .await
    }

    async fn deliveries(&self, id: RunId) -> Result<Vec<Delivery>, StoreError> {
        self.read(move |database| deliveries::of_run(database, id))
            .await
    }

    async fn get(&self, id: RunId) -> Result<Option<Arc<Run>>, StoreError> {
        let run = self
            .shared
            .file
            .read(|database| tables::run(database, id))?;
        Ok(run.map(|run| self.as_it_stands(run)))
    }

    async fn by_key(&self, key: &str) -> Result<Option<RunId>, StoreError> {
        self.shared
            .file
            .read(|database| tables::by_key(database, key))
    }

    async fn scorecard(&self, id: RunId, look: u32) -> Result<Option<Arc<Scorecard>>, StoreError> {
        let found = self
            .read(move |database| tables::scorecard(database, id, look))
            .await?;
        Ok(found.map(Arc::new))
    }

    async fn config(&self, digest: &str) -> Result<Option<Arc<CanaryConfig>>, StoreError> {
        let digest = digest.to_owned();
        let found = self
            .read(move |database| tables::config(database, &digest))
            .await?;
        Ok(found.map(Arc::new))
    }

    async fn list(&self, filter: &RunFilter) -> Result<Vec<Arc<Run>>, StoreError> {
        let filter = filter.clone();
        let runs = self
            .read(move |database| tables::list(database, &filter))
            .await?;
        Ok(runs.into_iter().map(|run| self.as_it_stands(run)).collect())
    }

    async fn open(&self) -> Result<usize, StoreError> {
        let open = self.shared.file.read(tables::count_open)?;
        Ok(usize::try_from(open).unwrap_or(usize::MAX))
    }

    fn changes(&self) -> Changed {
        self.shared.changes.listen()
    }
}
