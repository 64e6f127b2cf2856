//! Where a release runs: regions, and pods with lasting differences.

use crate::Role;
use crate::names::named;
use crate::random::{Draw, Owner, generator, normal};

/// Where a part of a release serves its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Region {
    /// Three fifths of the traffic, busiest at 13:00 UTC.
    Eu,
    /// Two fifths of the traffic, busiest at 18:00 UTC; the database is further away.
    Us,
}

impl Region {
    /// Both regions.
    pub const ALL: [Self; 2] = [Self::Eu, Self::Us];

    /// The value of the label `region`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eu => "eu",
            Self::Us => "us",
        }
    }

    /// The share of the service's traffic.
    pub(crate) const fn share(self) -> f64 {
        match self {
            Self::Eu => 0.6,
            Self::Us => 0.4,
        }
    }

    /// Multiplies the duration of every request.
    pub(crate) const fn distance(self) -> f64 {
        match self {
            Self::Eu => 0.96,
            Self::Us => 1.08,
        }
    }

    /// Second of the UTC day at which the region is busiest.
    pub(crate) const fn busiest(self) -> i64 {
        match self {
            Self::Eu => 13 * 3_600,
            Self::Us => 18 * 3_600,
        }
    }
}

named!(Region, "region");

/// One replica of a release: a process on a machine of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pod {
    region: Region,
    number: u8,
}

/// Pods of a release in each region.
pub(crate) const PODS_PER_REGION: usize = 3;

impl Pod {
    /// The pods of a release, region by region.
    pub const ALL: [Self; 6] = [
        Self::new(Region::Eu, 0),
        Self::new(Region::Eu, 1),
        Self::new(Region::Eu, 2),
        Self::new(Region::Us, 0),
        Self::new(Region::Us, 1),
        Self::new(Region::Us, 2),
    ];

    const fn new(region: Region, number: u8) -> Self {
        Self { region, number }
    }

    /// The region the pod runs in.
    #[must_use]
    pub const fn region(self) -> Region {
        self.region
    }

    /// The name within its release, such as `eu-0`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match (self.region, self.number) {
            (Region::Eu, 0) => "eu-0",
            (Region::Eu, 1) => "eu-1",
            (Region::Eu, _) => "eu-2",
            (Region::Us, 0) => "us-0",
            (Region::Us, 1) => "us-1",
            (Region::Us, _) => "us-2",
        }
    }

    /// The value of the label `pod`, such as `canary-eu-0`: the two sides have no pod in common.
    #[must_use]
    pub fn label(self, role: Role) -> String {
        format!("{role}-{self}")
    }

    /// Position in [`Pod::ALL`].
    pub(crate) const fn index(self) -> usize {
        let regions_before = match self.region {
            Region::Eu => 0,
            Region::Us => 1,
        };
        regions_before * PODS_PER_REGION + self.number as usize
    }

    /// The pods of one region.
    pub(crate) fn of(region: Region) -> [Self; PODS_PER_REGION] {
        [0, 1, 2].map(|number| Self::new(region, number))
    }
}

named!(Pod, "pod");

/// A part of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// All of it.
    Whole,
    /// Its pods in one region.
    Region(Region),
    /// One of its pods.
    Pod(Pod),
}

impl Part {
    /// Whether the pod belongs to the part.
    #[must_use]
    pub fn contains(self, pod: Pod) -> bool {
        match self {
            Self::Whole => true,
            Self::Region(region) => pod.region == region,
            Self::Pod(only) => pod == only,
        }
    }

    /// Whether anything of the part runs in the region.
    pub(crate) fn reaches(self, region: Region) -> bool {
        match self {
            Self::Whole => true,
            Self::Region(only) => only == region,
            Self::Pod(pod) => pod.region == region,
        }
    }
}

/// What distinguishes a pod from its siblings as long as it lives: its machine, its neighbours. Around 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Traits {
    /// How much the load balancer prefers the pod.
    pub(crate) popularity: f64,
    /// Multiplies the duration of every request.
    pub(crate) duration: f64,
    pub(crate) cpu: f64,
    pub(crate) memory: f64,
}

impl Traits {
    pub(crate) fn of(seed: u64, role: Role, pod: Pod) -> Self {
        let rng = &mut generator(seed, Owner::Pod(role, pod), Draw::Traits, 0);
        let mut around_one = |sigma: f64| (sigma * normal(rng)).exp();
        Self {
            popularity: around_one(0.04),
            duration: around_one(0.02),
            cpu: around_one(0.03),
            memory: around_one(0.02),
        }
    }
}
