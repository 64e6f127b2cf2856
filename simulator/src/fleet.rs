//! The pods of a release, and how the traffic is divided among them.

use crate::fault::{Behaviour, Visibility};
use crate::life::{Health, Life};
use crate::load::demand;
use crate::second::Second;
use crate::topology::{PODS_PER_REGION, Traits};
use crate::{Part, Pod, Region, Release, Role};

/// A release with what stays the same about its pods, so that it is computed once.
#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    release: Release,
    traits: [Traits; Pod::ALL.len()],
}

/// A pod that is up.
struct Serving {
    pod: Pod,
    life: Life,
    behaviour: Behaviour,
}

impl Fleet {
    pub(crate) fn new(release: Release) -> Self {
        let traits = Pod::ALL.map(|pod| Traits::of(release.seed, release.role, pod));
        Self { release, traits }
    }

    pub(crate) const fn role(&self) -> Role {
        self.release.role
    }

    /// What the pods of this part do in the second that ends at `at`; only those that are up and export metrics.
    pub(crate) fn seconds(&self, part: Part, at: i64) -> impl Iterator<Item = Second> {
        Region::ALL
            .into_iter()
            .filter(move |&region| part.reaches(region))
            .flat_map(move |region| self.region(region, at))
            .filter(move |second| part.contains(second.pod()))
    }

    fn region(&self, region: Region, at: i64) -> impl Iterator<Item = Second> {
        let up = Pod::of(region).map(|pod| self.serving(pod, at));
        let popularity: f64 = up.iter().flatten().map(|one| self.popularity(one)).sum();
        // a failed request is sent again, at most twice, to any pod of the region
        let failing: f64 = up
            .iter()
            .flatten()
            .map(|one| self.popularity(one) / popularity * one.behaviour.failure)
            .sum();
        let attempts = 1.0 + failing + failing * failing;
        let offered = demand(self.release.seed, region, at)
            * self.release.weight.requests()
            * region.share()
            * attempts;
        let capacity = self.release.weight.requests() * region.share() / PODS_PER_REGION as f64;
        up.into_iter().flatten().filter_map(move |one| {
            let share = self.popularity(&one) / popularity;
            let rate = offered * share * one.behaviour.traffic;
            let traits = self.traits[one.pod.index()];
            match one.behaviour.visibility {
                Visibility::Mute => None,
                Visibility::Exported => Some(Second {
                    release: self.release,
                    pod: one.pod,
                    at,
                    life: one.life,
                    behaviour: one.behaviour,
                    traits,
                    rate,
                    load: rate / capacity,
                    retried: (attempts - 1.0) / attempts,
                }),
            }
        })
    }

    fn serving(&self, pod: Pod, at: i64) -> Option<Serving> {
        let behaviour = Behaviour::of(self.release, pod, at);
        let life = Life::of(self.release, pod, behaviour.restarts, at)?;
        let failure = match life.health {
            Health::Serving => behaviour.failure,
            Health::Dying => 1.0,
        };
        Some(Serving {
            pod,
            life,
            behaviour: Behaviour {
                failure,
                ..behaviour
            },
        })
    }

    fn popularity(&self, serving: &Serving) -> f64 {
        self.traits[serving.pod.index()].popularity
    }
}
