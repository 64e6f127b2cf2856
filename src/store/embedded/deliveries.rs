//! Where messages stand in the database.

use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};

use super::file::Failed;
use crate::{
    analysis::{Delivery, DeliveryId, RunId},
    store::packed::{read, write},
};

/// Messages by run and id, and so by age.
const DELIVERIES: TableDefinition<'_, (u128, u128), &[u8]> = TableDefinition::new("deliveries");
/// The messages that are still to be delivered.
const UNDELIVERED: TableDefinition<'_, (u128, u128), ()> = TableDefinition::new("undelivered");

/// Makes the tables, so that reading finds them.
pub(super) fn make(database: &WriteTransaction) -> Result<(), Failed> {
    database.open_table(DELIVERIES)?;
    database.open_table(UNDELIVERED)?;
    Ok(())
}

/// Writes a message as it stands now.
pub(super) fn put(database: &WriteTransaction, delivery: &Delivery) -> Result<(), Failed> {
    let key = (delivery.run.as_u128(), delivery.id.as_u128());
    database
        .open_table(DELIVERIES)?
        .insert(key, write(delivery)?.as_slice())?;
    let mut undelivered = database.open_table(UNDELIVERED)?;
    match delivery.due() {
        Some(_) => undelivered.insert(key, ())?,
        None => undelivered.remove(key)?,
    };
    Ok(())
}

/// A message.
pub(super) fn get(
    database: &ReadTransaction,
    run: RunId,
    id: DeliveryId,
) -> Result<Option<Delivery>, Failed> {
    let deliveries = database.open_table(DELIVERIES)?;
    let delivery = deliveries.get((run.as_u128(), id.as_u128()))?;
    Ok(delivery
        .map(|delivery| read(delivery.value()))
        .transpose()?)
}

/// The same while writing.
pub(super) fn current(
    database: &WriteTransaction,
    run: RunId,
    id: DeliveryId,
) -> Result<Option<Delivery>, Failed> {
    let deliveries = database.open_table(DELIVERIES)?;
    let delivery = deliveries.get((run.as_u128(), id.as_u128()))?;
    Ok(delivery
        .map(|delivery| read(delivery.value()))
        .transpose()?)
}

/// The messages about a run.
pub(super) fn of_run(database: &ReadTransaction, run: RunId) -> Result<Vec<Delivery>, Failed> {
    let run = run.as_u128();
    let mut found = Vec::new();
    for entry in database
        .open_table(DELIVERIES)?
        .range((run, 0)..=(run, u128::MAX))?
    {
        found.push(read(entry?.1.value())?);
    }
    Ok(found)
}

/// Every message that is still to be delivered.
pub(super) fn undelivered(database: &ReadTransaction) -> Result<Vec<Delivery>, Failed> {
    let undelivered = database.open_table(UNDELIVERED)?;
    let deliveries = database.open_table(DELIVERIES)?;
    let mut found = Vec::new();
    for entry in undelivered.iter()? {
        if let Some(delivery) = deliveries.get(entry?.0.value())? {
            found.push(read(delivery.value())?);
        }
    }
    Ok(found)
}

/// Forgets the messages about a run.
pub(super) fn forget(database: &WriteTransaction, run: RunId) -> Result<(), Failed> {
    let messages = (run.as_u128(), 0)..=(run.as_u128(), u128::MAX);
    let mut deliveries = database.open_table(DELIVERIES)?;
    deliveries.retain_in(messages.clone(), |_, _| false)?;
    let mut undelivered = database.open_table(UNDELIVERED)?;
    undelivered.retain_in(messages, |_, _| false)?;
    Ok(())
}
