//! What a replica does besides answering: reads looks for its workers, and keeps time.

use std::{sync::Arc, time::Duration};

use redis::{aio::MultiplexedConnection, streams::StreamReadReply};
use tokio::sync::{Notify, mpsc, oneshot};

use super::{
    server::store_error,
    shared::{GROUP, Redis},
};
use crate::{
    analysis::RunId,
    store::{Claim, StoreError},
};

/// How long a read waits for a look before it asks whether anybody still wants one.
const BLOCK: Duration = Duration::from_millis(500);
/// How long a look may be overdue because the replica that knew of it is gone.
const TICK: Duration = Duration::from_secs(1);

/// A worker that waits for a look.
pub(super) type Wanted = oneshot::Sender<Result<Claim, StoreError>>;

/// Reads a look for every worker that waits for one.
///
/// A blocked read cannot be taken back: Redis would hand out a look that nobody hears of. So it is not the workers that
/// read, and what was read for one that has gone is given back.
pub(super) async fn hand_over(redis: Redis, mut wanted: mpsc::Receiver<Wanted>) {
    let mut reader = Reader {
        redis,
        connection: None,
    };
    while let Some(worker) = wanted.recv().await {
        let Some(claimed) = reader.claim_for(&worker).await else {
            continue;
        };
        if let Err(Ok(claim)) = worker.send(claimed)
            && let Err(error) = reader.redis.release(&claim.fence).await
        {
            tracing::warn!(%error, run.id = %claim.run.id, "a look could not be given back; it is due again when its lease ends");
        }
    }
}

struct Reader {
    redis: Redis,
    connection: Option<MultiplexedConnection>,
}

impl Reader {
    /// The next look; `None` if the worker no longer waits for it.
    async fn claim_for(&mut self, worker: &Wanted) -> Option<Result<Claim, StoreError>> {
        while !worker.is_closed() {
            let claimed = match self.read().await {
                Ok(Some((id, entry))) => self.redis.claimed(id, &entry).await,
                Ok(None) => continue,
                Err(error) => {
                    self.connection = None;
                    Err(error)
                }
            };
            match claimed {
                Ok(Some(claim)) => return Some(Ok(claim)),
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }

    /// The next entry of the stream: the run, and the entry's id.
    async fn read(&mut self) -> Result<Option<(RunId, String)>, StoreError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => {
                // Makes the group, if this Redis is new.
                self.redis.tick().await?;
                self.connection.insert(self.redis.reading(BLOCK).await?)
            }
        };
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(&self.redis.consumer);
        command.arg("COUNT").arg(1);
        command.arg("BLOCK").arg(BLOCK.as_millis());
        command.arg("STREAMS").arg(self.redis.key("ready")).arg(">");
        let reply: Option<StreamReadReply> =
            command.query_async(connection).await.map_err(store_error)?;
        let entries = reply.into_iter().flat_map(|reply| reply.keys);
        let Some(entry) = entries.flat_map(|key| key.ids).next() else {
            return Ok(None);
        };
        let id: Option<String> = entry.get("run");
        match id.and_then(|id| id.parse().ok()) {
            Some(id) => Ok(Some((id, entry.id))),
            None => {
                let detail = format!("entry {} of the stream of looks names no run", entry.id);
                Err(StoreError::Unreadable(detail))
            }
        }
    }
}

/// Hands out looks as they become due, and those of silent workers anew; sooner when `woken`.
pub(super) async fn keep_time(redis: Redis, lease: Duration, woken: Arc<Notify>) {
    let mut subscribed = false;
    let longest = TICK.min(lease / 4);
    loop {
        if !subscribed {
            let channel = redis.key("changes");
            subscribed = redis.connection.subscribe(channel).await.is_ok();
        }
        let wait = match redis.tick().await {
            Ok(until_due) => u64::try_from(until_due).map_or(longest, Duration::from_millis),
            Err(error) => {
                tracing::debug!(%error, "the store of runs does not answer");
                longest
            }
        };
        tokio::select! {
            () = woken.notified() => {}
            () = tokio::time::sleep(wait.min(longest).max(Duration::from_millis(1))) => {}
        }
    }
}
