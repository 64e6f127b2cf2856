//! What will be done: queries, and how their answers become observations.

use serinus_judge::Side;

use crate::analysis::{Comparison, Grid};

/// What will be done for one metric.
#[derive(Debug, Clone)]
pub struct PlannedMetric {
    /// The metric's name.
    pub metric: String,
    /// How the sides will be compared, and why so.
    pub comparison: Comparison,
    /// How the answers become observations.
    pub arrangement: Arrangement,
    /// The grid that both sides are brought to, where they cover the same time.
    pub shared: Option<Grid>,
    /// Everything that is asked.
    pub queries: Vec<PlannedQuery>,
}

impl PlannedMetric {
    /// Whether the answer to a query can only be one series.
    pub fn wants_one_series(&self, role: Role) -> bool {
        match (&self.arrangement, role) {
            (Arrangement::Replicas { .. } | Arrangement::Strata { .. }, Role::Samples(_)) => false,
            (
                _,
                Role::Samples(_)
                | Role::Errors(_)
                | Role::Location(..)
                | Role::History(_)
                | Role::Work(_),
            ) => true,
        }
    }

    /// How many samples the answers can hold, if every query has one series.
    pub(super) fn samples(&self) -> usize {
        self.queries.iter().map(|query| query.grid.len()).sum()
    }
}

/// How the answers to a metric's queries become observations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrangement {
    /// One series a side.
    Single,
    /// One series per replica, told apart by this label.
    Replicas {
        /// The label.
        label: String,
    },
    /// One series per stratum and side, told apart by this label.
    Strata {
        /// The label.
        label: String,
    },
    /// One query per location and side.
    Locations(Vec<String>),
    /// Errors out of requests.
    Counts,
}

/// One query, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedQuery {
    /// What the answer is for.
    pub role: Role,
    /// The account it goes to.
    pub account: String,
    /// Its text, all variables replaced.
    pub text: String,
    /// The instants it is asked for.
    pub grid: Grid,
}

impl PlannedQuery {
    /// Whether the other query asks the same of the same store, about a time that both cover.
    pub(super) fn asks_the_same(&self, other: &Self) -> bool {
        (&self.account, &self.text) == (&other.account, &other.text)
            && self.grid.first() <= other.grid.last()
            && other.grid.first() <= self.grid.last()
    }
}

/// What the answer to a query is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A side's samples, or its requests where errors are counted out of them.
    Samples(Side),
    /// A side's errors.
    Errors(Side),
    /// A side's samples in the location at this place.
    Location(Side, usize),
    /// An earlier window of the baseline; 0 is the oldest.
    History(usize),
    /// The work a side did.
    Work(Side),
}

impl Role {
    /// The side it is about; earlier windows are the baseline's.
    pub fn side(self) -> Side {
        match self {
            Self::Samples(side)
            | Self::Errors(side)
            | Self::Location(side, _)
            | Self::Work(side) => side,
            Self::History(_) => Side::Baseline,
        }
    }
}
