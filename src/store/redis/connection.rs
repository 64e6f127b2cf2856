//! The connection that all operations share.

use std::io;

use redis::{
    Client, Cmd, Pipeline, PushInfo, PushKind, RedisError, RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig, SendError},
};
use tokio::{runtime::Handle, task::JoinHandle};

use super::server::{CONNECT, RESPONSE, store_error};
use crate::store::{Changes, StoreError};

/// A connection that is made when it is used, and made anew when it breaks; cheap to clone.
///
/// It is driven by a task of whichever runtime finds it missing, and HTTP workers are runtimes that come and go: all that is
/// asked here is asked on the main one.
#[derive(Clone)]
pub(super) struct Connection {
    manager: ConnectionManager,
    handle: Handle,
}

impl Connection {
    /// A connection that lives on the runtime this is called on. Runs named in messages are told to `changes`.
    ///
    /// # Errors
    /// None that could be met by trying again.
    pub(super) fn new(client: Client, changes: Changes) -> Result<Self, StoreError> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(RESPONSE))
            // Whoever asks tries again.
            .set_number_of_retries(1)
            .set_push_sender(move |push: PushInfo| -> Result<(), SendError> {
                tell(&changes, push);
                Ok(())
            })
            .set_automatic_resubscription();
        let manager =
            ConnectionManager::new_lazy_with_config(client, config).map_err(store_error)?;
        Ok(Self {
            manager,
            handle: Handle::current(),
        })
    }

    /// Listens to a channel from now on, also on connections made anew.
    ///
    /// # Errors
    /// Redis does not answer.
    pub(super) async fn subscribe(&self, channel: String) -> RedisResult<()> {
        let mut manager = self.manager.clone();
        let asked = self
            .handle
            .spawn(async move { manager.subscribe(channel).await });
        joined(asked).await
    }
}

async fn joined<T>(asked: JoinHandle<RedisResult<T>>) -> RedisResult<T> {
    match asked.await {
        Ok(answer) => answer,
        Err(error) => Err(RedisError::from(io::Error::other(error))),
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        let (mut manager, command) = (self.manager.clone(), command.clone());
        let asked = async move { manager.send_packed_command(&command).await };
        Box::pin(joined(self.handle.spawn(asked)))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let (mut manager, commands) = (self.manager.clone(), commands.clone());
        let asked = async move { manager.send_packed_commands(&commands, offset, count).await };
        Box::pin(joined(self.handle.spawn(asked)))
    }

    fn get_db(&self) -> i64 {
        self.manager.get_db()
    }
}

fn tell(changes: &Changes, push: PushInfo) {
    match (push.kind, push.data.get(1)) {
        (PushKind::Message, Some(Value::BulkString(id))) => {
            let id = std::str::from_utf8(id).map(str::parse);
            match id {
                Ok(Ok(id)) => changes.tell(id),
                Ok(Err(_)) | Err(_) => changes.tell_all(),
            }
        }
        // What happened while nobody listened is not told again.
        _ => changes.tell_all(),
    }
}
