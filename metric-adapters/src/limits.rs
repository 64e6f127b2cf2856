//! What one account may cost: requests at a time, time, memory.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, de};

/// Limits of one account. Every one has a default; durations are written `30s` or `PT30S`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// How many requests the account has under way at once (default 8). Further ones wait inside the source.
    pub concurrency: NonZeroUsize,
    /// How many requests the account sends in a second, evenly spread (default: as many as come). Further ones wait
    /// inside the source.
    pub requests_per_second: Option<NonZeroU32>,
    /// How long one request may take, from connecting to the last byte (default 30 s, more than zero).
    #[serde(deserialize_with = "positive")]
    pub timeout: Duration,
    /// How many bytes one answer may have, counted after decompression (default 50 MiB).
    pub max_response_bytes: NonZeroUsize,
    /// How long after a window's end its last samples may still be missing (default 30 s, may be zero).
    #[serde(deserialize_with = "not_negative")]
    pub settling_delay: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(8).expect("8 is not zero");
        const BYTES: NonZeroUsize = NonZeroUsize::new(50 << 20).expect("50 MiB is not zero");
        Self {
            concurrency: CONCURRENCY,
            requests_per_second: None,
            timeout: Duration::from_secs(30),
            max_response_bytes: BYTES,
            settling_delay: Duration::from_secs(30),
        }
    }
}

fn not_negative<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let duration = SignedDuration::deserialize(deserializer)?;
    Duration::try_from(duration).map_err(|_| de::Error::custom(format!("{duration:#} is negative")))
}

fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let duration = not_negative(deserializer)?;
    if duration.is_zero() {
        return Err(de::Error::custom("a time limit is more than zero"));
    }
    Ok(duration)
}
