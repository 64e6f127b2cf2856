//! How large a request may be that is kept: with each run, for as long as the run is.

use std::io::{self, Write};

use serde::Serialize;

use super::{AnalysisRequest, Scope};
use crate::canary_config::Mistake;

/// The most bytes of a request, written as JSON without spaces.
const MAX_BYTES: usize = 1024 * 1024;
/// The most entries of a map that callers fill as they like, and the most bytes of each name and value there.
pub(super) const MAX_ENTRIES: (usize, usize) = (64, 1_000);

/// Counts what is written, and keeps nothing.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        if self.0 > MAX_BYTES {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a request is small enough to be kept.
///
/// # Errors
/// It is not.
pub fn fits<T: Serialize>(request: &T) -> Result<(), Mistake> {
    serde_json::to_writer(Counter(0), request).map_err(|_| {
        let detail = format!("the request is larger than {MAX_BYTES} bytes, written as JSON");
        Mistake::new("", detail)
    })
}

impl AnalysisRequest {
    /// What is too large of its labels and scopes.
    pub(super) fn too_large(&self) -> Vec<Mistake> {
        let (count, length) = MAX_ENTRIES;
        let mut found = Vec::new();
        let mut check = |is_fine: bool, pointer: String, what: &str| {
            if !is_fine {
                let detail =
                    format!("at most {count} {what} of at most {length} bytes are possible");
                found.push(Mistake::new(pointer, detail));
            }
        };
        let is_short = |text: &str| text.len() <= length;
        let labels = &self.labels;
        let short = |(name, value): (&String, &String)| is_short(name) && is_short(value);
        let are_fine = labels.len() <= count && labels.iter().all(short);
        check(are_fine, "/labels".to_owned(), "labels");
        let names = self.scopes.keys();
        let are_fine = self.scopes.len() <= count && names.clone().all(|name| is_short(name));
        check(are_fine, "/scopes".to_owned(), "scope pairs, with names");
        if !are_fine {
            return found;
        }
        let named = self.scopes.iter().flat_map(|(name, pair)| {
            let at = format!("/scopes/{}", crate::canary_config::escape_pointer(name));
            [
                (format!("{at}/baseline"), &pair.baseline),
                (format!("{at}/canary"), &pair.canary),
            ]
        });
        let sides = [("/baseline", &self.baseline), ("/canary", &self.canary)];
        let sides = sides.into_iter();
        let sides = sides.filter_map(|(at, side)| Some((at.to_owned(), side.as_ref()?)));
        for (at, scope) in sides.chain(named) {
            let Scope {
                scope,
                location,
                params,
                ..
            } = scope;
            let texts = is_short(scope) && location.as_deref().is_none_or(is_short);
            check(texts, at.clone(), "names of a scope and a location");
            let are_fine = params.len() <= count && params.iter().all(short);
            check(are_fine, format!("{at}/params"), "parameters");
        }
        found
    }
}
