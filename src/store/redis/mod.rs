//! Runs on a Redis that several replicas share.
//!
//! Every step is one Lua script (see `lua/`), so that it happens as a whole. A look that is due waits in a sorted set, by
//! Redis' own clock; is handed out through a stream to whoever is free; and is claimed for as long as its entry there is
//! renewed. Every claim raises the run's epoch, and every write says under which epoch it was made.

mod connection;
mod deliveries;
mod documents;
mod list;
#[cfg(test)]
mod model;
mod scripts;
mod server;
mod shared;
mod tasks;
#[cfg(test)]
mod test_server;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use redis::RedisError;
use tokio::{
    sync::{Notify, mpsc, oneshot},
    task::JoinSet,
};

use super::{
    Changed, Changes, Claim, Created, DueDelivery, Fence, Held, NewRun, RunFilter, RunStore,
    StoreError, StoreLimits, first_at,
    packed::{pack, read, unpack, write},
};
use crate::{
    analysis::{Delivery, Progress, Run, RunId, RunState, Scorecard},
    canary_config::CanaryConfig,
};
use list::with_progress;
use server::store_error;
use shared::Redis;
use tasks::Wanted;

pub use server::RedisServer;
#[cfg(test)]
pub(in crate::store) use test_server::TestServer;

/// Keeps runs in a Redis.
#[derive(Debug)]
pub struct RedisStore {
    redis: Redis,
    changes: Changes,
    limits: StoreLimits,
    wanted: mpsc::Sender<Wanted>,
    /// A look may be due sooner than was known.
    woken: Arc<Notify>,
    /// There may be something to deliver.
    posted: Notify,
    /// End with the store.
    _tasks: JoinSet<()>,
}

impl RedisStore {
    /// A store on this server, which need not answer yet. Must be called on a runtime, where its tasks will live.
    ///
    /// # Errors
    /// The password is not where it should be.
    pub fn open(server: &RedisServer, limits: StoreLimits) -> Result<Self, StoreError> {
        let changes = Changes::default();
        let redis = Redis::new(server, &limits, changes.clone())?;
        let (wanted, wants) = mpsc::channel(1);
        let woken = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        tasks.spawn(tasks::hand_over(redis.clone(), wants));
        tasks.spawn(tasks::keep_time(redis.clone(), limits.lease, woken.clone()));
        Ok(Self {
            redis,
            changes,
            limits,
            wanted,
            woken,
            posted: Notify::new(),
            _tasks: tasks,
        })
    }

    async fn query<T: redis::FromRedisValue>(
        &self,
        command: &str,
        arguments: &[&str],
    ) -> Result<T, StoreError> {
        let mut command = redis::cmd(command);
        command.arg(arguments);
        let answer: Result<T, RedisError> = command
            .query_async(&mut self.redis.connection.clone())
            .await;
        answer.map_err(store_error)
    }

    async fn run_doc(&self, id: RunId) -> Result<Option<Vec<u8>>, StoreError> {
        let key = self.redis.key_of("run", &id.to_string());
        self.query("HGET", &[&key, "doc"]).await
    }
}

/// When the next look is due, in milliseconds or `now`, as scripts read it; empty if the run has ended.
fn due(state: &RunState) -> String {
    match state {
        RunState::Queued { ready_at } if *ready_at > Timestamp::now() => {
            ready_at.as_millisecond().to_string()
        }
        // Nobody keeps a run as running; whoever reads it is to carry it on at once.
        RunState::Queued { .. } | RunState::Running(_) => "now".to_owned(),
        RunState::Succeeded(_) | RunState::Failed { .. } | RunState::Cancelled => String::new(),
    }
}

/// What a run takes up while it is handed out.
fn shares(run: &Run) -> Vec<String> {
    let application = format!("application:{}", run.application());
    let accounts = run.accounts.iter().map(|name| format!("account:{name}"));
    std::iter::once(application).chain(accounts).collect()
}

#[async_trait]
impl RunStore for RedisStore {
    async fn create(&self, new: NewRun) -> Result<Created, StoreError> {
        let oldest = Timestamp::now()
            .checked_sub(self.limits.keep_for)
            .unwrap_or(Timestamp::MIN);
        let run = &new.run;
        let (name, attempt, digest) = match &new.key {
            Some(key) => (key.key.name.as_str(), key.key.attempt, key.digest.as_str()),
            None => ("", 0, ""),
        };
        let mut call = self.redis.call(&self.redis.scripts.create);
        call.arg(run.id.to_string())
            .arg(write(run)?)
            .arg(due(&run.state))
            .arg(write(&shares(run))?)
            .arg(run.application())
            .arg(run.config.name.as_str())
            .arg(run.config.digest.as_str())
            .arg(pack(&*new.config)?)
            .arg(name)
            .arg(attempt)
            .arg(digest)
            .arg(RunId::from_u128(first_at(oldest)).to_string())
            .arg(deliveries::posted_of_new(run)?);
        let answer: Vec<Vec<u8>> = call
            .invoke_async(&mut self.redis.connection.clone())
            .await
            .map_err(store_error)?;
        let created = match (answer.as_slice(), &new.key) {
            ([full], _) if full == b"full" => {
                return Err(StoreError::Full {
                    limit: self.limits.open,
                });
            }
            ([_, doc, digest], Some(key)) => {
                let digest = String::from_utf8_lossy(digest);
                let found = key.finds(read(doc)?, &digest, new.run.application());
                found.ok_or_else(|| StoreError::Unreadable("an attempt under a key".to_owned()))?
            }
            ([taken_in], _) if taken_in == b"new" => {
                self.posted.notify_waiters();
                Created::New(Arc::new(new.run))
            }
            _ => return Err(StoreError::Unreadable("an answer of `create`".to_owned())),
        };
        self.woken.notify_one();
        Ok(created)
    }

    async fn claim(&self) -> Result<Claim, StoreError> {
        let gone = || StoreError::Unavailable("its task has ended".to_owned());
        let (worker, answer) = oneshot::channel();
        self.wanted.send(worker).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    async fn renew(&self, fence: &Fence) -> Result<Held, StoreError> {
        let mut call = self.redis.fenced(&self.redis.scripts.renew, fence);
        call.arg(&self.redis.consumer);
        self.redis.held(&call).await
    }

    async fn report(&self, fence: &Fence, progress: Progress) -> Result<(), StoreError> {
        let mut call = self.redis.fenced(&self.redis.scripts.report, fence);
        call.arg(write(&progress)?);
        match self.redis.held(&call).await? {
            Held::Yes | Held::Lost => Ok(()),
        }
    }

    async fn commit(
        &self,
        fence: &Fence,
        run: Run,
        scorecard: Option<Arc<Scorecard>>,
    ) -> Result<Held, StoreError> {
        let packed = match scorecard {
            Some(scorecard) => blocking(move || pack(&*scorecard)).await?,
            None => Vec::new(),
        };
        let mut call = self.redis.fenced(&self.redis.scripts.commit, fence);
        call.arg(write(&run)?)
            .arg(due(&run.state))
            .arg(run.state.verdict())
            .arg(run.looks.last().map_or(0, |look| look.number))
            .arg(packed)
            .arg(deliveries::posted(&run)?);
        let held = self.redis.held(&call).await;
        self.woken.notify_one();
        self.posted.notify_waiters();
        held
    }

    async fn release(&self, fence: &Fence) -> Result<Held, StoreError> {
        self.redis.release(fence).await
    }

    async fn cancel(&self, id: RunId) -> Result<Option<Arc<Run>>, StoreError> {
        let mut before = self.run_doc(id).await?;
        while let Some(doc) = before {
            let mut run: Run = read(&doc)?;
            if run.state.is_final() {
                return Ok(Some(Arc::new(run)));
            }
            run.end(RunState::Cancelled);
            let after = write(&run)?;
            let mut call = self.redis.call(&self.redis.scripts.cancel);
            call.arg(id.to_string()).arg(doc).arg(&after);
            call.arg(deliveries::posted(&run)?);
            let now: Option<Vec<u8>> = call
                .invoke_async(&mut self.redis.connection.clone())
                .await
                .map_err(store_error)?;
            if now.as_ref() == Some(&after) {
                self.posted.notify_waiters();
                return Ok(Some(Arc::new(run)));
            }
            before = now;
        }
        Ok(None)
    }

    async fn claim_delivery(&self, hold: Duration) -> Result<DueDelivery, StoreError> {
        deliveries::claim(self, hold).await
    }

    async fn note_attempt(&self, delivery: Delivery) -> Result<Held, StoreError> {
        deliveries::note(self, delivery).await
    }

    async fn deliveries(&self, id: RunId) -> Result<Vec<Delivery>, StoreError> {
        deliveries::of_run(self, id).await
    }

    async fn get(&self, id: RunId) -> Result<Option<Arc<Run>>, StoreError> {
        let id = id.to_string();
        let (doc, progress): (Option<Vec<u8>>, Option<Vec<u8>>) = redis::pipe()
            .hget(self.redis.key_of("run", &id), "doc")
            .get(self.redis.key_of("progress", &id))
            .query_async(&mut self.redis.connection.clone())
            .await
            .map_err(store_error)?;
        let run = doc.map(|doc| with_progress(&doc, progress.as_deref()));
        Ok(run.transpose()?.map(Arc::new))
    }

    async fn by_key(&self, key: &str) -> Result<Option<RunId>, StoreError> {
        let id: Option<String> = self.query("GET", &[&self.redis.key_of("key", key)]).await?;
        let unreadable = |_| StoreError::Unreadable("the run of a key".to_owned());
        id.map(|id| id.parse().map_err(unreadable)).transpose()
    }

    async fn scorecard(&self, id: RunId, look: u32) -> Result<Option<Arc<Scorecard>>, StoreError> {
        let key = self.redis.key_of("scorecards", &id.to_string());
        let packed: Option<Vec<u8>> = self.query("HGET", &[&key, &look.to_string()]).await?;
        match packed {
            Some(packed) => {
                let scorecard = blocking(move || unpack(&packed)).await?;
                Ok(Some(Arc::new(scorecard)))
            }
            None => Ok(None),
        }
    }

    async fn config(&self, digest: &str) -> Result<Option<Arc<CanaryConfig>>, StoreError> {
        let key = self.redis.key("configs");
        let packed: Option<Vec<u8>> = self.query("HGET", &[&key, digest]).await?;
        packed
            .map(|packed| unpack(&packed).map(Arc::new))
            .transpose()
    }

    async fn list(&self, filter: &RunFilter) -> Result<Vec<Arc<Run>>, StoreError> {
        list::list(&self.redis, filter).await
    }

    async fn open(&self) -> Result<usize, StoreError> {
        self.query("HLEN", &[&self.redis.key("open")]).await
    }

    fn changes(&self) -> Changed {
        self.changes.listen()
    }
}

/// Computes off the runtime's own threads: scorecards hold all samples.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(StoreError::Unavailable(error.to_string())),
    }
}
