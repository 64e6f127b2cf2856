//! What the store and its tasks share: a connection, the scripts, and what they mean in Rust.

use std::{fmt, sync::Arc, time::Duration};

use redis::{AsyncConnectionConfig, Client, Script, ScriptInvocation, aio::MultiplexedConnection};
use serde_json::json;
use uuid::Uuid;

use super::{
    connection::Connection,
    scripts::Scripts,
    server::{CONNECT, RESPONSE, RedisServer, store_error},
};
use crate::{
    analysis::RunId,
    store::{
        Changes, Claim, Fence, Held, StoreError, StoreLimits,
        packed::{or_passed_over, read, unpack},
    },
};

/// The consumer group of the stream of looks that are handed out.
pub(super) const GROUP: &str = "workers";

/// A Redis, and what is done there.
#[derive(Clone)]
pub(super) struct Redis {
    client: Client,
    pub(super) connection: Connection,
    pub(super) scripts: Arc<Scripts>,
    prefix: String,
    /// The name under which this replica reads.
    pub(super) consumer: String,
    /// As the scripts read them.
    limits: String,
}

impl Redis {
    pub(super) fn new(
        server: &RedisServer,
        limits: &StoreLimits,
        changes: Changes,
    ) -> Result<Self, StoreError> {
        let client = server.client()?;
        let host = std::env::var("HOSTNAME").unwrap_or_default();
        Ok(Self {
            connection: Connection::new(client.clone(), changes)?,
            client,
            scripts: Arc::default(),
            prefix: server.prefix().to_owned(),
            consumer: format!("{host}-{}", Uuid::now_v7()),
            limits: json!({
                "keep": limits.keep,
                "open": limits.open,
                "lease": limits.lease.as_millis().max(1),
                "perApplication": limits.per_application,
                "perAccount": limits.per_account,
            })
            .to_string(),
        })
    }

    /// The key of this name.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    /// The key of this kind for what has this name.
    pub(super) fn key_of(&self, kind: &str, name: &str) -> String {
        format!("{}:{kind}:{name}", self.prefix)
    }

    /// A script with the arguments all scripts have.
    pub(super) fn call<'a>(&self, script: &'a Script) -> ScriptInvocation<'a> {
        let mut call = script.key(self.prefix.as_str());
        call.arg(self.limits.as_str());
        call
    }

    /// A script that asks for a claim that holds.
    pub(super) fn fenced<'a>(&self, script: &'a Script, fence: &Fence) -> ScriptInvocation<'a> {
        let mut call = self.call(script);
        call.arg(fence.run.to_string()).arg(fence.epoch);
        call
    }

    pub(super) async fn held(&self, call: &ScriptInvocation<'_>) -> Result<Held, StoreError> {
        let held: bool = call
            .invoke_async(&mut self.connection.clone())
            .await
            .map_err(store_error)?;
        Ok(if held { Held::Yes } else { Held::Lost })
    }

    /// Makes an entry that was read a claim; `None` if the entry is no longer its run's.
    pub(super) async fn claimed(
        &self,
        id: RunId,
        entry: &str,
    ) -> Result<Option<Claim>, StoreError> {
        let mut call = self.call(&self.scripts.claim);
        call.arg(id.to_string()).arg(entry);
        let claimed: Option<(u64, Vec<u8>, Option<Vec<u8>>)> = call
            .invoke_async(&mut self.connection.clone())
            .await
            .map_err(store_error)?;
        let Some((epoch, run, config)) = claimed else {
            return Ok(None);
        };
        let fence = Fence { run: id, epoch };
        let Some(run) = or_passed_over(id, read(&run)) else {
            // Later on, a replica that can read it may be the one that claims it.
            let postponed = self.fenced(&self.scripts.postpone, &fence);
            let (Held::Yes | Held::Lost) = self.held(&postponed).await?;
            return Ok(None);
        };
        let config = match config {
            Some(config) => unpack(&config)
                .map(Arc::new)
                .map_err(|error| error.to_string()),
            None => Err("it is missing".to_owned()),
        };
        Ok(Some(Claim {
            run: Arc::new(run),
            config,
            fence,
        }))
    }

    pub(super) async fn release(&self, fence: &Fence) -> Result<Held, StoreError> {
        self.held(&self.fenced(&self.scripts.release, fence)).await
    }

    /// Hands out what is due; milliseconds until the next look is, negative if none is known.
    pub(super) async fn tick(&self) -> Result<i64, StoreError> {
        let call = self.call(&self.scripts.tick);
        call.invoke_async(&mut self.connection.clone())
            .await
            .map_err(store_error)
    }

    /// A connection of its own for reading that may block for `block` before it is answered.
    pub(super) async fn reading(
        &self,
        block: Duration,
    ) -> Result<MultiplexedConnection, StoreError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(block + RESPONSE));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(store_error)
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client knows the password.
        f.debug_struct("Redis")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
