//! Listing runs: through the shortest index that fits, a page at a time, newest first.

use std::sync::Arc;

use super::{server::store_error, shared::Redis};
use crate::{
    analysis::{Run, RunId, RunState},
    store::{RunFilter, StoreError, first_at, packed::read},
};

/// How many entries of an index are read at once.
const PAGE: usize = 100;

/// What a run is listed under, its document, and how far it has come.
type Row = (String, String, String, Option<Vec<u8>>);

pub(super) async fn list(redis: &Redis, filter: &RunFilter) -> Result<Vec<Arc<Run>>, StoreError> {
    let index = shortest(redis, filter).await?;
    let text = |number: u128| RunId::from_u128(number).to_string();
    let since = filter.since.map(first_at).map(text);
    let least = since.map_or("-".to_owned(), |id| format!("[{id}"));
    let until = filter.until.map(first_at).into_iter();
    let until = until.chain(filter.before.map(RunId::as_u128)).min();
    let mut most = until.map_or("+".to_owned(), |number| format!("({}", text(number)));
    let mut found = Vec::new();
    loop {
        let mut command = redis::cmd("ZRANGE");
        command.arg(&index).arg(&most).arg(&least);
        command.arg(&["BYLEX", "REV", "LIMIT", "0"]).arg(PAGE);
        let ids: Vec<String> = command
            .query_async(&mut redis.connection.clone())
            .await
            .map_err(store_error)?;
        for (row, progress) in rows(redis, &ids).await? {
            let (application, config, verdict, doc) = row;
            // A run may have been forgotten since the index was read.
            let Some(doc) = doc else { continue };
            if filter.applications.contain(&application)
                && wanted(&filter.application, &application)
                && wanted(&filter.config, &config)
                && wanted(&filter.verdict, &verdict)
            {
                // Whoever takes the newest for the answer must not get the one before it.
                found.push(Arc::new(with_progress(&doc, progress.as_deref())?));
            }
            if found.len() >= filter.limit {
                return Ok(found);
            }
        }
        match ids.last() {
            Some(last) if ids.len() == PAGE => most = format!("({last}"),
            Some(_) | None => return Ok(found),
        }
    }
}

fn wanted(wanted: &Option<String>, is: &str) -> bool {
    wanted.as_ref().is_none_or(|wanted| wanted == is)
}

/// The shortest index that holds all that is wanted.
async fn shortest(redis: &Redis, filter: &RunFilter) -> Result<String, StoreError> {
    let named = [
        ("application", &filter.application),
        ("config", &filter.config),
        ("verdict", &filter.verdict),
    ];
    let named = named.into_iter().filter_map(|(kind, name)| {
        let name = name.as_deref()?;
        Some(redis.key_of(kind, name))
    });
    let indexes: Vec<_> = named.collect();
    if indexes.is_empty() {
        return Ok(redis.key("runs"));
    }
    let mut sizes = redis::pipe();
    for index in &indexes {
        sizes.zcard(index);
    }
    let sizes: Vec<u64> = sizes
        .query_async(&mut redis.connection.clone())
        .await
        .map_err(store_error)?;
    let shortest = indexes.into_iter().zip(sizes).min_by_key(|(_, size)| *size);
    Ok(shortest.map_or_else(|| redis.key("runs"), |(index, _)| index))
}

async fn rows(redis: &Redis, ids: &[String]) -> Result<Vec<(Row, Option<Vec<u8>>)>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut read = redis::pipe();
    for id in ids {
        let fields = ["application", "config", "verdict", "doc"];
        read.cmd("HMGET").arg(redis.key_of("run", id)).arg(&fields);
        read.get(redis.key_of("progress", id));
    }
    let answers: Vec<redis::Value> = read
        .query_async(&mut redis.connection.clone())
        .await
        .map_err(store_error)?;
    answers
        .chunks_exact(2)
        .map(|pair| {
            let fields: [Option<Vec<u8>>; 4] = value(&pair[0])?;
            let [application, config, verdict, doc] = fields;
            let text = |bytes: Option<Vec<u8>>| {
                String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
            };
            let row = (text(application), text(config), text(verdict), doc);
            Ok((row, value(&pair[1])?))
        })
        .collect()
}

fn value<T: redis::FromRedisValue>(value: &redis::Value) -> Result<T, StoreError> {
    redis::from_redis_value_ref(value).map_err(|error| StoreError::Unreadable(error.to_string()))
}

/// A run as it stands, with how far it has come, if somebody carries it on just now.
pub(super) fn with_progress(doc: &[u8], progress: Option<&[u8]>) -> Result<Run, StoreError> {
    let mut run: Run = read(doc)?;
    if let (RunState::Queued { .. }, Some(progress)) = (&run.state, progress) {
        run.state = RunState::Running(read(progress)?);
    }
    Ok(run)
}
