//! Telling those who wait for a run that it has changed.

use tokio::sync::broadcast;

use crate::analysis::RunId;

/// How many changes a slow listener may lag behind before it only learns that it missed some.
const KEPT: usize = 1024;

/// Where changes are told.
#[derive(Debug, Clone)]
pub struct Changes(broadcast::Sender<Which>);

/// What has changed.
#[derive(Debug, Clone, Copy)]
enum Which {
    Run(RunId),
    /// Any run may have: changes were missed.
    Any,
}

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::Sender::new(KEPT))
    }
}

impl Changes {
    /// Tells that a run has changed.
    pub fn tell(&self, id: RunId) {
        // An error means that nobody listens.
        let _listeners = self.0.send(Which::Run(id)).unwrap_or(0);
    }

    /// Tells that changes may have been missed.
    pub fn tell_all(&self) {
        let _listeners = self.0.send(Which::Any).unwrap_or(0);
    }

    /// The changes from now on.
    pub fn listen(&self) -> Changed {
        Changed(self.0.subscribe())
    }
}

/// The changes of runs, as they come.
#[derive(Debug)]
pub struct Changed(broadcast::Receiver<Which>);

impl Changed {
    /// Waits until this run may have changed.
    pub async fn of(&mut self, id: RunId) {
        loop {
            match self.0.recv().await {
                Ok(Which::Run(changed)) if changed != id => {}
                // Having missed changes, the run may have been among them.
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                // The store is gone: there is nothing to wait for, and whoever waits has a limit of its own.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
