//! Names that Kayenta takes and a native config does not: empty, repeated, too long, with control characters.

use std::collections::BTreeMap;

use super::super::warnings::Warnings;
use crate::canary_config::Name;

/// The most characters a name can have.
const LONGEST: usize = 200;

/// The config's name.
pub(super) fn of_config(name: Option<&str>, warnings: &mut Warnings) -> Name {
    usable(name.unwrap_or_default(), "imported", "/name", warnings)
}

/// A group's name. The same text always becomes the same name.
pub(super) fn of_group(name: &str, at: &str, warnings: &mut Warnings) -> Name {
    usable(name, "unnamed", at, warnings)
}

/// The name of a scope pair.
pub(super) fn of_scope(name: &str, at: &str, warnings: &mut Warnings) -> Name {
    usable(name, "unnamed", at, warnings)
}

/// The name of the account that stands for a type of store.
pub(super) fn of_account(kind: &str, at: &str, warnings: &mut Warnings) -> Name {
    usable(kind, "unknown", at, warnings)
}

/// The names of the metrics so far, each with how often it was wanted.
#[derive(Debug, Default)]
pub(super) struct MetricNames(BTreeMap<Name, usize>);

impl MetricNames {
    /// The name of the metric at this place, unlike those before.
    pub(super) fn name(
        &mut self,
        name: Option<&str>,
        index: usize,
        at: &str,
        warnings: &mut Warnings,
    ) -> Name {
        let at = format!("{at}/name");
        let instead = format!("metric-{}", index + 1);
        let wanted = usable(name.unwrap_or_default(), &instead, &at, warnings);
        let mut unique = wanted.clone();
        let mut count = self.0.get(&wanted).copied().unwrap_or_default();
        while self.0.contains_key(&unique) {
            count += 1;
            let ending = format!(" ({count})");
            let room = LONGEST - ending.len();
            let kept: String = wanted.as_str().chars().take(room).collect();
            unique = name_of(kept + ending.as_str());
        }
        if unique != wanted {
            let detail = format!(
                "the name {:?} is already used; this metric is called {:?}",
                wanted.as_str(),
                unique.as_str()
            );
            warnings.add(at, detail);
        }
        self.0.insert(wanted, count.max(1));
        self.0.entry(unique.clone()).or_insert(1);
        unique
    }
}

/// The text as a name, as near to it as can be.
fn usable(text: &str, instead: &str, at: &str, warnings: &mut Warnings) -> Name {
    if let Ok(name) = Name::try_from(text.to_owned()) {
        return name;
    }
    let cleaned: String = (text.chars())
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST)
        .collect();
    let name = name_of(match cleaned.trim() {
        "" => instead.to_owned(),
        cleaned => cleaned.to_owned(),
    });
    let detail = if text.is_empty() {
        format!("there is no name; it is called {:?}", name.as_str())
    } else {
        format!(
            "a name has at most {LONGEST} characters and no control characters; it is called {:?}",
            name.as_str()
        )
    };
    warnings.add(at, detail);
    name
}

#[expect(
    clippy::expect_used,
    reason = "callers pass 1 to 200 characters without control characters"
)]
fn name_of(text: String) -> Name {
    Name::try_from(text).expect("a cleaned name")
}
