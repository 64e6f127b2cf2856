//! Stores where a side is found by dimensions whose names the request or the account gives: New Relic and `SignalFx`.

use super::{Problem, Source, param_name};
use crate::kayenta::warnings::Warnings;

/// The parameter that names the dimension of the scope.
const SCOPE_KEY: &str = "_scope_key";
/// The parameter that names the dimension of the location.
const LOCATION_KEY: &str = "_location_key";

/// A dimension and the value it must have, both as native template text.
pub(super) struct Dimension {
    pub(super) key: String,
    pub(super) value: String,
}

/// How names of dimensions stand in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// As they are, where a dash subtracts.
    Bare,
    /// Between quotes.
    Quoted,
}

/// The dimensions of a side.
pub(super) struct Dimensions {
    pub(super) params: Vec<Dimension>,
    pub(super) scope: Dimension,
    pub(super) location: Option<Dimension>,
}

impl Dimensions {
    /// The dimensions for a request's parameters.
    ///
    /// Their names become part of the query as they are.
    pub(super) fn of(
        source: &Source<'_>,
        names: Names,
        warnings: &mut Warnings,
    ) -> Result<Self, Problem> {
        let mut given = source.params.iter().map(|(name, _)| name);
        if let Some(name) = given.find(|name| !names.fit(name)) {
            let name: String = name.chars().take(100).collect();
            let allowed = match names {
                Names::Bare => "`_ . :` alone",
                Names::Quoted => "`_ . : -` alone, without `--`",
            };
            let detail = format!(
                "the parameter {name:?} is the name of a dimension here, so it has letters, digits and {allowed}"
            );
            return Err(source.rejected("", detail));
        }
        if source.param(SCOPE_KEY).is_none() {
            warnings.add(
                source.at,
                "the scope's dimension is `${_scope_key}`: give it as a parameter where Kayenta's account had a `defaultScopeKey`",
            );
        }
        if source.param(LOCATION_KEY).is_none() {
            warnings.add(
                source.at,
                "the location does not count without `_location_key`: give it as a parameter where Kayenta's account had a `defaultLocationKey`",
            );
        }
        if source.params.is_empty() {
            warnings.add(
                source.at,
                "in Kayenta each of the request's `extendedScopeParams` becomes a condition; import with `--param` for each",
            );
        }
        Ok(Self {
            params: (source.params.iter())
                .filter(|(name, _)| !name.starts_with('_'))
                .map(|(name, _)| Dimension {
                    key: name.clone(),
                    value: format!("${{{}}}", param_name(name)),
                })
                .collect(),
            scope: Dimension {
                key: format!("${{{SCOPE_KEY}}}"),
                value: "${scope}".to_owned(),
            },
            location: source.param(LOCATION_KEY).map(|_| Dimension {
                key: format!("${{{LOCATION_KEY}}}"),
                value: "${location}".to_owned(),
            }),
        })
    }
}

impl Names {
    /// Whether a name can stand in a query so. Two dashes begin a comment.
    fn fit(self, name: &str) -> bool {
        let fits = |c: char| match c {
            '-' => self == Self::Quoted,
            _ => c.is_ascii_alphanumeric() || "_.:".contains(c),
        };
        !name.is_empty() && name.chars().all(fits) && !name.contains("--")
    }
}
