//! How far a server's clock is from this machine's.

use std::sync::Mutex;

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{self, HeaderMap};

/// The difference of clocks by the latest reply that told its time.
#[derive(Debug, Default)]
pub(crate) struct Clock(Mutex<Option<SignedDuration>>);

impl Clock {
    /// Takes note of a reply that arrived at `now`. Its `Date` (RFC 9110 section 6.6.1) is in whole seconds, and a little
    /// older than its arrival.
    pub(super) fn note(&self, headers: &HeaderMap, now: Timestamp) {
        let told = headers
            .get(header::DATE)
            .and_then(|date| date.to_str().ok())
            .and_then(|date| rfc2822::parse(date).ok());
        if let (Some(told), Ok(mut offset)) = (told, self.0.lock()) {
            *offset = Some(told.timestamp().duration_since(now));
        }
    }

    /// How far the server is ahead, negative if it is behind; `None` before it told its time.
    pub(crate) fn offset(&self) -> Option<SignedDuration> {
        self.0.lock().ok().and_then(|offset| *offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_replies_tell_the_offset() {
        let clock = Clock::default();
        let now: Timestamp = "2026-01-14T09:00:00Z".parse().unwrap();
        assert_eq!(clock.offset(), None);
        for (date, offset) in [
            ("Wed, 14 Jan 2026 09:05:00 GMT", 300),
            ("yesterday", 300),
            ("Wed, 14 Jan 2026 08:59:59 GMT", -1),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::DATE, date.parse().unwrap());
            clock.note(&headers, now);
            assert_eq!(
                clock.offset(),
                Some(SignedDuration::from_secs(offset)),
                "{date}"
            );
        }
    }
}
