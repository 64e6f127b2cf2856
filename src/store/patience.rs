//! Waiting for a store that is away for a moment.

use std::time::{Duration, Instant};

use super::StoreError;

/// How long whoever reads waits for a store: shorter than the clients that poll wait for an answer (10 s and more), and longer than
/// a store takes to start again or to change over to a replica. A client that hears nothing of it does not count it as a failure.
const PATIENCE: Duration = Duration::from_secs(7);
/// From one try to the next.
const PAUSE: Duration = Duration::from_millis(200);

/// Asks a store, and asks again while it does not answer.
///
/// # Errors
/// The store's own; that it does not answer, only after a while.
pub async fn patiently<T, F: Future<Output = Result<T, StoreError>>>(
    mut ask: impl FnMut() -> F,
) -> Result<T, StoreError> {
    let started = Instant::now();
    loop {
        match ask().await {
            Err(StoreError::Unavailable(_)) if started.elapsed() + PAUSE < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
            }
            answered => return answered,
        }
    }
}
