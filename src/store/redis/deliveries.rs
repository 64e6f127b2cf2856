//! What runs have to tell, until it is delivered.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::{RedisStore, server::store_error};
use crate::{
    analysis::{Delivery, Run, RunId},
    store::{
        DueDelivery, Held, StoreError,
        packed::{read, write},
    },
};

/// How long another replica's message may wait to be noticed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a change leads to, as the scripts read it.
pub(super) fn posted(run: &Run) -> Result<Vec<u8>, StoreError> {
    messages(Delivery::all_of(run, Timestamp::now()))
}

/// What taking in a run leads to, likewise.
pub(super) fn posted_of_new(run: &Run) -> Result<Vec<u8>, StoreError> {
    messages(Delivery::all_of_new(run, Timestamp::now()))
}

fn messages(deliveries: Vec<Delivery>) -> Result<Vec<u8>, StoreError> {
    let mut messages = Vec::new();
    for delivery in deliveries {
        let doc = String::from_utf8_lossy(&write(&delivery)?).into_owned();
        let id = delivery.id.to_string();
        messages.push(json!({"id": id, "doc": doc, "due": due(&delivery)}));
    }
    write(&messages)
}

/// When it is due, in milliseconds or `now`; empty if it has ended.
fn due(delivery: &Delivery) -> String {
    match delivery.due() {
        Some(at) if at > Timestamp::now() => at.as_millisecond().to_string(),
        Some(_) => "now".to_owned(),
        None => String::new(),
    }
}

/// Waits for a delivery that is due, and takes it.
pub(super) async fn claim(store: &RedisStore, hold: Duration) -> Result<DueDelivery, StoreError> {
    loop {
        let posted = store.posted.notified();
        let mut call = store.redis.call(&store.redis.scripts.deliver);
        call.arg(u64::try_from(hold.as_millis()).unwrap_or(u64::MAX));
        let answer: Vec<Vec<u8>> = call
            .invoke_async(&mut store.redis.connection.clone())
            .await
            .map_err(store_error)?;
        let wait = match answer.as_slice() {
            [_, delivery, run] => {
                return Ok(DueDelivery {
                    delivery: read(delivery)?,
                    run: read::<Run>(run)?.into(),
                });
            }
            [_, until_due] => read::<i64>(until_due)?,
            _ => return Err(StoreError::Unreadable("an answer of `deliver`".to_owned())),
        };
        let wait = u64::try_from(wait).map_or(LOOK_AGAIN, Duration::from_millis);
        tokio::select! {
            () = posted => {}
            () = tokio::time::sleep(wait.clamp(Duration::from_millis(1), LOOK_AGAIN)) => {}
        }
    }
}

/// Writes a delivery after one more attempt.
pub(super) async fn note(store: &RedisStore, delivery: Delivery) -> Result<Held, StoreError> {
    let run = delivery.run.to_string();
    let id = delivery.id.to_string();
    let key = store.redis.key_of("deliveries", &run);
    let before: Option<Vec<u8>> = store.query("HGET", &[&key, &id]).await?;
    let Some(before) = before else {
        return Ok(Held::Lost);
    };
    if !delivery.follows(&read(&before)?) {
        return Ok(Held::Lost);
    }
    let mut call = store.redis.call(&store.redis.scripts.note);
    call.arg(run)
        .arg(id)
        .arg(before)
        .arg(write(&delivery)?)
        .arg(due(&delivery));
    let held = store.redis.held(&call).await;
    store.posted.notify_waiters();
    held
}

/// The deliveries of a run, in the order of their events.
pub(super) async fn of_run(store: &RedisStore, id: RunId) -> Result<Vec<Delivery>, StoreError> {
    let key = store.redis.key_of("deliveries", &id.to_string());
    let docs: Vec<Vec<u8>> = store.query("HVALS", &[&key]).await?;
    let mut all = Vec::new();
    for doc in docs {
        all.push(read::<Delivery>(&doc)?);
    }
    all.sort_by_key(|delivery| delivery.id);
    Ok(all)
}
