//! What stands where in the database.

use std::ops::Bound;

use jiff::Timestamp;
use redb::{
    MultimapTableDefinition, ReadTransaction, ReadableMultimapTable, ReadableTable,
    ReadableTableMetadata, TableDefinition, WriteTransaction,
};

use super::{deliveries, file::Failed};
use crate::{
    analysis::{Run, RunId, Scorecard},
    canary_config::CanaryConfig,
    store::{
        NewRun, RequestKey, RunFilter, StoreLimits, first_at,
        packed::{or_passed_over, pack, read, unpack, write},
    },
};

/// Runs, by id and so by age.
const RUNS: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("runs");
/// What lists are filtered by: application, config, verdict. Read through without reading the runs.
const LISTED: TableDefinition<'_, u128, (&str, &str, &str)> = TableDefinition::new("listed");
/// The runs that have not ended.
const OPEN: TableDefinition<'_, u128, ()> = TableDefinition::new("open");
/// The scorecards of each run's looks.
const SCORECARDS: TableDefinition<'_, (u128, u32), &[u8]> = TableDefinition::new("scorecards");
/// Callers' own names for runs, with the attempt and the digest of what was asked for.
const KEYS: TableDefinition<'_, &str, (u128, u32, &str)> = TableDefinition::new("keys");
/// Configs by digest.
const CONFIGS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("configs");
/// Which runs need a config.
const USES: MultimapTableDefinition<'_, &str, u128> = MultimapTableDefinition::new("config_uses");
/// Makes all tables, so that reading finds them.
pub(super) fn make(database: &WriteTransaction) -> Result<(), Failed> {
    database.open_table(RUNS)?;
    database.open_table(LISTED)?;
    database.open_table(OPEN)?;
    database.open_table(SCORECARDS)?;
    database.open_table(KEYS)?;
    database.open_table(CONFIGS)?;
    database.open_multimap_table(USES)?;
    deliveries::make(database)
}

/// The run a caller's name stands for.
pub(super) fn by_key(database: &ReadTransaction, key: &str) -> Result<Option<RunId>, Failed> {
    let keys = database.open_table(KEYS)?;
    Ok(keys
        .get(key)?
        .map(|entry| RunId::from_u128(entry.value().0)))
}

/// The same while writing.
pub(super) fn keyed(
    database: &WriteTransaction,
    name: &str,
) -> Result<Option<(Run, String)>, Failed> {
    let keys = database.open_table(KEYS)?;
    let Some(entry) = keys.get(name)? else {
        return Ok(None);
    };
    let (id, _, digest) = entry.value();
    let run = current(database, RunId::from_u128(id))?;
    Ok(run.map(|run| (run, digest.to_owned())))
}

/// How many runs have not ended.
pub(super) fn open_runs(database: &WriteTransaction) -> Result<u64, Failed> {
    Ok(database.open_table(OPEN)?.len()?)
}

/// The same while reading.
pub(super) fn count_open(database: &ReadTransaction) -> Result<u64, Failed> {
    Ok(database.open_table(OPEN)?.len()?)
}

/// Every run that has not ended and can be read: one that cannot must not keep all others from being carried on.
pub(super) fn unended(database: &ReadTransaction) -> Result<Vec<Run>, Failed> {
    let open = database.open_table(OPEN)?;
    let runs = database.open_table(RUNS)?;
    let mut unended = Vec::new();
    for entry in open.iter()? {
        let id = entry?.0.value();
        let Some(run) = runs.get(id)? else { continue };
        unended.extend(or_passed_over(RunId::from_u128(id), read(run.value())));
    }
    Ok(unended)
}

/// A run.
pub(super) fn run(database: &ReadTransaction, id: RunId) -> Result<Option<Run>, Failed> {
    let runs = database.open_table(RUNS)?;
    let run = runs.get(id.as_u128())?;
    Ok(run.map(|run| read(run.value())).transpose()?)
}

/// The same while writing.
pub(super) fn current(database: &WriteTransaction, id: RunId) -> Result<Option<Run>, Failed> {
    let runs = database.open_table(RUNS)?;
    let run = runs.get(id.as_u128())?;
    Ok(run.map(|run| read(run.value())).transpose()?)
}

/// The config of this digest.
pub(super) fn config(
    database: &ReadTransaction,
    digest: &str,
) -> Result<Option<CanaryConfig>, Failed> {
    let configs = database.open_table(CONFIGS)?;
    let config = configs.get(digest)?;
    Ok(config.map(|config| unpack(config.value())).transpose()?)
}

/// The scorecard of a look.
pub(super) fn scorecard(
    database: &ReadTransaction,
    id: RunId,
    look: u32,
) -> Result<Option<Scorecard>, Failed> {
    let scorecards = database.open_table(SCORECARDS)?;
    let scorecard = scorecards.get((id.as_u128(), look))?;
    Ok(scorecard
        .map(|scorecard| unpack(scorecard.value()))
        .transpose()?)
}

/// Puts a new run in, with its config.
pub(super) fn insert(database: &WriteTransaction, new: &NewRun) -> Result<(), Failed> {
    let id = new.run.id.as_u128();
    put(database, &new.run)?;
    if let Some(RequestKey { key, digest }) = &new.key {
        let mut keys = database.open_table(KEYS)?;
        keys.insert(key.name.as_str(), (id, key.attempt, digest.as_str()))?;
    }
    let digest = new.run.config.digest.as_str();
    let mut configs = database.open_table(CONFIGS)?;
    if configs.get(digest)?.is_none() {
        configs.insert(digest, pack(&*new.config)?.as_slice())?;
    }
    database.open_multimap_table(USES)?.insert(digest, id)?;
    Ok(())
}

/// Writes a run as it stands now.
pub(super) fn put(database: &WriteTransaction, run: &Run) -> Result<(), Failed> {
    let id = run.id.as_u128();
    database
        .open_table(RUNS)?
        .insert(id, write(run)?.as_slice())?;
    let listed = (
        run.application(),
        run.config.name.as_str(),
        run.state.verdict(),
    );
    database.open_table(LISTED)?.insert(id, listed)?;
    let mut open = database.open_table(OPEN)?;
    if run.state.is_final() {
        open.remove(id)?;
    } else {
        open.insert(id, ())?;
    }
    Ok(())
}

/// Writes the scorecard of a look.
pub(super) fn put_scorecard(
    database: &WriteTransaction,
    id: RunId,
    look: u32,
    packed: &[u8],
) -> Result<(), Failed> {
    database
        .open_table(SCORECARDS)?
        .insert((id.as_u128(), look), packed)?;
    Ok(())
}

/// Forgets the oldest ended runs beyond what is to be kept, leaving room for one more.
pub(super) fn prune(
    database: &WriteTransaction,
    limits: &StoreLimits,
    now: Timestamp,
) -> Result<(), Failed> {
    let keep = u64::try_from(limits.keep).unwrap_or(u64::MAX);
    let oldest = now.checked_sub(limits.keep_for).unwrap_or(Timestamp::MIN);
    let oldest = first_at(oldest);
    let mut forgotten = Vec::new();
    {
        let runs = database.open_table(RUNS)?;
        let open = database.open_table(OPEN)?;
        let too_many = (runs.len()? + 1).saturating_sub(keep);
        for entry in runs.iter()? {
            let (id, run) = entry?;
            let id = id.value();
            if id >= oldest && u64::try_from(forgotten.len()).unwrap_or(u64::MAX) >= too_many {
                break;
            }
            if open.get(id)?.is_none() {
                forgotten.push(read::<Run>(run.value())?);
            }
        }
    }
    for run in &forgotten {
        forget(database, run)?;
    }
    Ok(())
}

fn forget(database: &WriteTransaction, run: &Run) -> Result<(), Failed> {
    let id = run.id.as_u128();
    database.open_table(RUNS)?.remove(id)?;
    database.open_table(LISTED)?.remove(id)?;
    let mut scorecards = database.open_table(SCORECARDS)?;
    scorecards.retain_in((id, 0)..=(id, u32::MAX), |_, _| false)?;
    deliveries::forget(database, run.id)?;
    if let Some(key) = run.key.as_ref().map(|key| key.name.as_str()) {
        let mut keys = database.open_table(KEYS)?;
        // The key may stand for a later attempt by now.
        let stands_for = keys.get(key)?.map(|entry| entry.value().0);
        if stands_for == Some(id) {
            keys.remove(key)?;
        }
    }
    let digest = run.config.digest.as_str();
    let mut uses = database.open_multimap_table(USES)?;
    uses.remove(digest, id)?;
    if uses.get(digest)?.is_empty() {
        database.open_table(CONFIGS)?.remove(digest)?;
    }
    Ok(())
}

/// Runs, newest first.
pub(super) fn list(database: &ReadTransaction, filter: &RunFilter) -> Result<Vec<Run>, Failed> {
    let from = filter
        .since
        .map_or(Bound::Unbounded, |since| Bound::Included(first_at(since)));
    let until = filter.until.map(first_at);
    let before = filter.before.map(RunId::as_u128);
    let to = match until.into_iter().chain(before).min() {
        Some(end) => Bound::Excluded(end),
        None => Bound::Unbounded,
    };
    if let (Bound::Included(from), Bound::Excluded(to)) = (from, to)
        && from >= to
    {
        return Ok(Vec::new());
    }
    let wanted =
        |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|wanted| wanted == is);
    let listed = database.open_table(LISTED)?;
    let runs = database.open_table(RUNS)?;
    let mut found = Vec::new();
    for entry in listed.range::<u128>((from, to))?.rev() {
        if found.len() >= filter.limit {
            break;
        }
        let (id, entry) = entry?;
        let (application, config, verdict) = entry.value();
        if filter.applications.contain(application)
            && wanted(&filter.application, application)
            && wanted(&filter.config, config)
            && wanted(&filter.verdict, verdict)
            && let Some(run) = runs.get(id.value())?
        {
            // Whoever takes the newest for the answer must not get the one before it.
            found.push(read(run.value())?);
        }
    }
    Ok(found)
}

/// Makes a run unreadable.
#[cfg(test)]
pub(super) fn spoil_run(database: &WriteTransaction, id: RunId) -> Result<(), Failed> {
    database
        .open_table(RUNS)?
        .insert(id.as_u128(), b"no run".as_slice())?;
    Ok(())
}

/// Makes the config of this digest unreadable.
#[cfg(test)]
pub(super) fn spoil_config(database: &WriteTransaction, digest: &str) -> Result<(), Failed> {
    database
        .open_table(CONFIGS)?
        .insert(digest, b"no config".as_slice())?;
    Ok(())
}
