//! Randomness that can be recomputed for any instant alone: one short-lived generator per seed, owner, use and instant.

use rand::{Rng, SeedableRng};
use rand_distr::{Binomial, Distribution, Poisson, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{Pod, Region, Role};

/// Whose randomness it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner {
    /// Both releases of a rollout see the same values.
    Region(Region),
    Release(Role),
    Pod(Role, Pod),
}

impl Owner {
    /// A different number for each owner.
    const fn code(self) -> u64 {
        match self {
            Self::Region(Region::Eu) => 0,
            Self::Region(Region::Us) => 1,
            Self::Release(role) => 2 + role.code(),
            Self::Pod(role, pod) => 4 + 2 * pod.index() as u64 + role.code(),
        }
    }
}

/// What the randomness is for. Separate uses have separate generators, so that a signal costs only its own draws
/// and a new use changes no existing value.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(crate) enum Draw {
    LoadDrift = 1,
    LoadJitter = 2,
    Arrivals = 3,
    Failures = 4,
    Durations = 5,
    InFlight = 6,
    Cpu = 7,
    Memory = 8,
    Collections = 9,
    Traits = 10,
    Retries = 11,
    Bursts = 12,
    Pauses = 13,
    Tail = 14,
    Scenario = 15,
    TwinLoad = 16,
    TwinNoise = 17,
    TwinEvents = 18,
}

/// The generator for one use at one instant (or cycle, or knot: whatever `index` counts).
pub(crate) fn generator(seed: u64, owner: Owner, draw: Draw, index: i64) -> Xoshiro256PlusPlus {
    let key = [owner.code(), draw as u64, index.cast_unsigned()]
        .into_iter()
        .fold(mix(seed), |key, word| mix(key ^ word));
    Xoshiro256PlusPlus::seed_from_u64(key)
}

/// One step of `SplitMix64` (Steele, Lea and Flood 2014): a bijection in which one changed input bit changes about
/// half of the output bits. Written out because building the generator of `rand_xoshiro` costs more than the step.
const fn mix(word: u64) -> u64 {
    let z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A draw from the standard normal distribution.
pub(crate) fn normal(rng: &mut impl Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// The number of events where `mean` are expected; none where the mean is not positive.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the distribution gives whole, non-negative numbers far below 2^53"
)]
pub(crate) fn poisson(rng: &mut impl Rng, mean: f64) -> u64 {
    Poisson::new(mean).map_or(0, |events| events.sample(rng) as u64)
}

/// How many of `trials` happen, each with this probability; none if it is no probability.
pub(crate) fn binomial(rng: &mut impl Rng, trials: u64, probability: f64) -> u64 {
    Binomial::new(trials, probability).map_or(0, |happened| happened.sample(rng))
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::SplitMix64;

    use super::*;

    #[test]
    fn mix_is_the_first_output_of_splitmix64() {
        for seed in [0, 1, 42, u64::MAX, 0x0123_4567_89ab_cdef] {
            assert_eq!(mix(seed), SplitMix64::seed_from_u64(seed).next_u64());
        }
    }

    #[test]
    fn impossible_parameters_give_no_events() {
        let rng = &mut generator(1, Owner::Region(Region::Eu), Draw::Arrivals, 0);
        assert_eq!(poisson(rng, 0.0), 0);
        assert_eq!(poisson(rng, f64::NAN), 0);
        assert_eq!(binomial(rng, 10, 1.5), 0);
        assert_eq!(binomial(rng, 10, 1.0), 10);
    }
}
