//! Runs, scorecards and configs as they are kept: JSON, compressed where it holds samples.

use std::{
    fmt,
    io::{Read, Write},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Serialize, de::DeserializeOwned};

use super::StoreError;
use crate::analysis::Run;

/// Packs a value.
///
/// # Errors
/// It cannot be written as JSON.
pub(super) fn pack<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let mut buffered = std::io::BufWriter::new(&mut packed);
    serde_json::to_writer(&mut buffered, value).map_err(unreadable)?;
    buffered.flush().map_err(unreadable)?;
    drop(buffered);
    packed.finish().map_err(unreadable)
}

/// Unpacks a value.
///
/// # Errors
/// It is not what was packed.
pub(super) fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Result<T, StoreError> {
    let mut json = Vec::new();
    GzDecoder::new(packed)
        .read_to_end(&mut json)
        .map_err(unreadable)?;
    read(&json)
}

/// A value as JSON.
///
/// # Errors
/// It cannot be written as JSON.
pub(super) fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(unreadable)
}

/// A value from JSON.
///
/// # Errors
/// It is not what was written.
pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(json).map_err(unreadable)
}

/// A kept run to carry on, if it can be read: one that a later version has written, or that is damaged, is told in the log and must
/// not keep others from being carried on.
pub(super) fn or_passed_over(id: impl fmt::Display, run: Result<Run, StoreError>) -> Option<Run> {
    run.inspect_err(|error| {
        tracing::error!(run.id = %id, %error, "a kept run cannot be read and is passed over");
    })
    .ok()
}

fn unreadable(error: impl fmt::Display) -> StoreError {
    StoreError::Unreadable(error.to_string())
}
