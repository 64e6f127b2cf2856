//! How the sides of a metric are put side by side.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Mistake, Name, OrNone};

/// The most earlier windows a metric can ask for.
const MOST_WINDOWS: usize = 60;
/// The fewest earlier windows that show how a metric changes of itself.
const LEAST_WINDOWS: usize = 4;
/// The most locations a metric can be compared within.
const MOST_LOCATIONS: usize = 100;

/// What is compared with what. A metric's own choices go before the config's; `none` declines one of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Compare {
    /// Which times are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub design: Option<TimeDesign>,
    /// One series per replica: replicas are what is counted. Or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<OrNone<ByLabel>>,
    /// One pair of series per zone or region: compared within, then combined. Or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strata: Option<OrNone<StrataBy>>,
    /// Earlier windows that show how the metric changes of itself, where nothing runs at the same time. Or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<OrNone<History>>,
}

/// What is compared with what for one metric, after all that is inherited.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparing {
    /// Which times are compared.
    pub design: TimeDesign,
    /// One series per replica.
    pub replicas: Option<ByLabel>,
    /// One pair of series per stratum.
    pub strata: Option<StrataBy>,
    /// Earlier windows.
    pub history: Option<History>,
}

impl Comparing {
    /// Whether the config alone says that the canary's window follows the baseline's, in whatever windows.
    pub fn is_consecutive(&self) -> bool {
        match self.design {
            TimeDesign::BeforeAfter => true,
            TimeDesign::Auto => self.history.is_some(),
            TimeDesign::Concurrent | TimeDesign::CanaryOnly => false,
        }
    }
}

/// Which times are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TimeDesign {
    /// As the request's windows and the config's `history` suggest.
    #[default]
    Auto,
    /// Both sides over the same time.
    Concurrent,
    /// The canary's window with an earlier one of the baseline.
    BeforeAfter,
    /// The canary with its limits, or with its own past.
    CanaryOnly,
}

/// Series are told apart by a label of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ByLabel {
    /// The label, such as `pod`.
    pub label: Name,
}

/// Strata: by a label of the series, or by asking once per location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected `label` or a list of `locations`")]
pub enum StrataBy {
    /// Series are told apart by a label of theirs, such as `zone`.
    Label(ByLabel),
    /// The query is asked once per location, as `${location}`.
    Locations(ByLocation),
}

/// The locations to ask about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ByLocation {
    /// Two or more, each once.
    pub locations: Vec<Name>,
}

/// Earlier windows of the same length as the canary's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct History {
    /// How many, before the baseline's.
    #[schema(minimum = 4, maximum = 60)]
    pub windows: usize,
    /// The time from one to the next, such as `1d`; without it they follow each other without a gap.
    #[serde(
        deserialize_with = "super::duration::read_some",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, example = "1d")]
    pub every: Option<SignedDuration>,
}

impl Compare {
    /// These choices, and those of `config` where there are none.
    pub(super) fn or(&self, config: &Self) -> Comparing {
        fn either<T: Clone>(own: Option<&OrNone<T>>, config: Option<&OrNone<T>>) -> Option<T> {
            own.or(config)?.chosen().cloned()
        }
        // A metric that names its own arrangement does not inherit another one.
        let inherited = if self.is_arranged() {
            &Self::default()
        } else {
            config
        };
        Comparing {
            design: self.design.or(config.design).unwrap_or_default(),
            replicas: either(self.replicas.as_ref(), inherited.replicas.as_ref()),
            strata: either(self.strata.as_ref(), inherited.strata.as_ref()),
            history: either(self.history.as_ref(), config.history.as_ref()),
        }
    }

    fn is_arranged(&self) -> bool {
        self.replicas
            .as_ref()
            .is_some_and(|by| by.chosen().is_some())
            || self.strata.as_ref().is_some_and(|by| by.chosen().is_some())
    }

    /// What cannot be meant, whatever else is chosen. What does not go together is in [`fit`](super::fit).
    pub(super) fn mistakes(&self) -> Vec<Mistake> {
        let mut found = Vec::new();
        let strata = self.strata.as_ref().and_then(OrNone::chosen);
        if let Some(StrataBy::Locations(ByLocation { locations })) = strata {
            let mut unique = locations.clone();
            unique.sort_unstable();
            unique.dedup();
            if !(2..=MOST_LOCATIONS).contains(&locations.len()) || unique.len() < locations.len() {
                found.push(Mistake::new(
                    "/strata/locations",
                    format!("expected 2 to {MOST_LOCATIONS} locations, each once"),
                ));
            }
        }
        if let Some(history) = self.history.as_ref().and_then(OrNone::chosen) {
            if !(LEAST_WINDOWS..=MOST_WINDOWS).contains(&history.windows) {
                found.push(Mistake::new(
                    "/history/windows",
                    format!("expected {LEAST_WINDOWS} to {MOST_WINDOWS} windows"),
                ));
            }
            if history
                .every
                .is_some_and(|every| every <= SignedDuration::ZERO)
            {
                found.push(Mistake::new("/history/every", "expected more than no time"));
            }
        }
        found
    }
}
