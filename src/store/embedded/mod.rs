//! Runs in one crash-safe file beside the program, or in memory: the default, for one replica.

mod deliveries;
mod documents;
mod file;
mod outbox;
mod queue;
mod tables;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use redb::{ReadTransaction, WriteTransaction};

use super::{
    Changed, Changes, Claim, Created, DueDelivery, Fence, Held, NewRun, RunFilter, RunStore,
    StoreError, StoreLimits, packed::pack,
};
use crate::analysis::{Delivery, Progress, Run, RunId, RunState, Scorecard};
use file::{Failed, File};
use outbox::{Outbox, Post};
use queue::{Queue, Taken};

pub use file::Place;

/// Keeps runs in one file or in memory.
#[derive(Debug)]
pub struct EmbeddedStore {
    file: Arc<File>,
    queue: Arc<Queue>,
    outbox: Outbox,
    changes: Changes,
    limits: StoreLimits,
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
        Ok(Self {
            file: Arc::new(file),
            queue: Arc::new(queue),
            outbox,
            changes: Changes::default(),
            limits,
        })
    }

    /// Writes off the runtime's own threads: being sure that it is on disk takes a while.
    async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&WriteTransaction) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, StoreError> {
        let file = self.file.clone();
        blocking(move || file.write(write)).await
    }

    /// Reads off the runtime's own threads, where much may have to be read.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, StoreError> {
        let file = self.file.clone();
        blocking(move || file.read(read)).await
    }

    /// The run with how far it has come, if somebody carries it on just now.
    fn as_it_stands(&self, mut run: Run) -> Arc<Run> {
        if let (RunState::Queued { .. }, Some(progress)) = (&run.state, self.queue.progress(run.id))
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
        let created = self
            .write(move |database| {
                if let Some(key) = &new.key
                    && let Some((run, digest)) = tables::keyed(database, &key.key.name)?
                    && let Some(found) = key.finds(run, &digest)
                {
                    return Ok(found);
                }
                if tables::open_runs(database)? >= u64::try_from(limits.open).unwrap_or(u64::MAX) {
                    return Err(StoreError::Full { limit: limits.open }.into());
                }
                tables::prune(database, &limits, Timestamp::now())?;
                tables::insert(database, &new)?;
                Ok(Created::New(Arc::new(new.run)))
            })
            .await?;
        if let Created::New(run) = &created {
            self.queue.wait(run);
            self.changes.tell(run.id);
        }
        Ok(created)
    }

    async fn claim(&self) -> Result<Claim, StoreError> {
        loop {
            let woken = self.queue.woken.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            match self.queue.take(Timestamp::now()) {
                Taken::Look(fence) => {
                    let mut handover = queue::Handover {
                        queue: &self.queue,
                        fence: Some(fence.clone()),
                    };
                    let found = self.file.read(|database| {
                        let Some(run) = tables::run(database, fence.run)? else {
                            return Ok(None);
                        };
                        let config = tables::config(database, &run.config.digest)?;
                        Ok(config.map(|config| (run, config)))
                    })?;
                    handover.fence = None;
                    match found {
                        Some((run, config)) => {
                            return Ok(Claim {
                                run: Arc::new(run),
                                config: Arc::new(config),
                                fence,
                            });
                        }
                        None => self.queue.forget(fence.run),
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
        Ok(self.queue.renew(fence))
    }

    async fn report(&self, fence: &Fence, progress: Progress) -> Result<(), StoreError> {
        if self.queue.report(fence, progress) == Held::Yes {
            self.changes.tell(fence.run);
        }
        Ok(())
    }

    async fn commit(
        &self,
        fence: &Fence,
        run: Run,
        scorecard: Option<Arc<Scorecard>>,
    ) -> Result<Held, StoreError> {
        if self.queue.hold(fence) == Held::Lost {
            return Ok(Held::Lost);
        }
        let run = Arc::new(run);
        let written = run.clone();
        let messages = Arc::new(Delivery::all_of(&run, Timestamp::now()));
        let posted = messages.clone();
        let done = self
            .write(move |database| {
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
            })
            .await;
        match &done {
            Ok(Held::Yes) => {
                self.queue.wait(&run);
                self.changes.tell(run.id);
                messages.iter().for_each(|message| self.outbox.put(message));
            }
            Ok(Held::Lost) => self.queue.forget(run.id),
            // It can be tried again under the same claim.
            Err(_) => {
                let _still_held = self.queue.renew(fence);
            }
        }
        done
    }

    async fn release(&self, fence: &Fence) -> Result<Held, StoreError> {
        let held = self.queue.release(fence);
        self.changes.tell(fence.run);
        Ok(held)
    }

    async fn cancel(&self, id: RunId) -> Result<Option<Arc<Run>>, StoreError> {
        let (cancelled, messages) = self
            .write(move |database| {
                let Some(mut run) = tables::current(database, id)? else {
                    return Ok((None, Vec::new()));
                };
                let mut messages = Vec::new();
                if !run.state.is_final() {
                    run.state = RunState::Cancelled;
                    tables::put(database, &run)?;
                    messages = Delivery::all_of(&run, Timestamp::now());
                    post(database, &messages)?;
                }
                Ok((Some(Arc::new(run)), messages))
            })
            .await?;
        messages.iter().for_each(|message| self.outbox.put(message));
        self.queue.forget(id);
        self.changes.tell(id);
        Ok(cancelled)
    }

    async fn claim_delivery(&self, hold: Duration) -> Result<DueDelivery, StoreError> {
        loop {
            let woken = self.outbox.woken.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            match self.outbox.take(Timestamp::now(), hold) {
                Post::Delivery(run, id) => {
                    let found = self.file.read(|database| {
                        let delivery = deliveries::get(database, run, id)?;
                        Ok(delivery.zip(tables::run(database, run)?))
                    })?;
                    match found {
                        Some((delivery, run)) if delivery.due().is_some() => {
                            let run = Arc::new(run);
                            return Ok(DueDelivery { delivery, run });
                        }
                        Some(_) | None => self.outbox.forget(id),
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
        let held = self
            .write(move |database| {
                match deliveries::current(database, written.run, written.id)? {
                    Some(before) if written.follows(&before) => {}
                    Some(_) | None => return Ok(Held::Lost),
                }
                deliveries::put(database, &written)?;
                Ok(Held::Yes)
            })
            .await?;
        if held == Held::Yes {
            self.outbox.put(&delivery);
        }
        Ok(held)
    }

    async fn deliveries(&self, id: RunId) -> Result<Vec<Delivery>, StoreError> {
        self.read(move |database| deliveries::of_run(database, id))
            .await
    }

    async fn get(&self, id: RunId) -> Result<Option<Arc<Run>>, StoreError> {
        let run = self.file.read(|database| tables::run(database, id))?;
        Ok(run.map(|run| self.as_it_stands(run)))
    }

    async fn by_key(&self, key: &str) -> Result<Option<RunId>, StoreError> {
        self.file.read(|database| tables::by_key(database, key))
    }

    async fn scorecard(&self, id: RunId, look: u32) -> Result<Option<Arc<Scorecard>>, StoreError> {
        let found = self
            .read(move |database| tables::scorecard(database, id, look))
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
        let open = self.file.read(tables::count_open)?;
        Ok(usize::try_from(open).unwrap_or(usize::MAX))
    }

    fn changes(&self) -> Changed {
        self.changes.listen()
    }
}
