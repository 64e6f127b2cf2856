//! The raw material of metrics whose statistics are known exactly: a load that two sides share, and noise of each side's own.

use rand_xoshiro::Xoshiro256PlusPlus;

use crate::random::{Draw, Owner, generator, normal, poisson};
use crate::{Region, Role};

/// How much the load resembles that of the moment before.
const LOAD_MEMORY: f64 = 0.9;

/// Baseline and canary of one rollout, without any faults.
///
/// All series begin the same, however long they are: a look at a part of a run sees what a later look sees of it.
///
/// ```
/// use serinus_simulator::{Role, Twins};
///
/// let twins = Twins::new(42);
/// assert_eq!(twins.noise(Role::Canary, 3, 0.6, 100)[..10], twins.noise(Role::Canary, 3, 0.6, 10));
/// assert_ne!(twins.noise(Role::Canary, 3, 0.6, 10), twins.noise(Role::Baseline, 3, 0.6, 10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twins {
    seed: u64,
}

impl Twins {
    /// The rollout of a seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The load that both sides share, with mean 0 and standard deviation 1: a slow process (autocorrelation 0.9).
    pub fn load(&self, moments: usize) -> Vec<f64> {
        let draws = self.draws(Owner::Region(Region::Eu), Draw::TwinLoad, 0);
        autoregressive(draws, LOAD_MEMORY, moments)
    }

    /// Noise of one side's own in one metric, with mean 0, standard deviation 1 and this autocorrelation between
    /// neighbours, which lies in -1 to 1 and is kept there.
    pub fn noise(&self, side: Role, metric: u32, autocorrelation: f64, moments: usize) -> Vec<f64> {
        let draws = self.draws(Owner::Release(side), Draw::TwinNoise, metric);
        autoregressive(draws, autocorrelation.clamp(-1.0, 1.0), moments)
    }

    /// Numbers of events of one side in one metric, Poisson, where so many are expected at each moment.
    pub fn events(&self, side: Role, metric: u32, expected: &[f64]) -> Vec<f64> {
        let mut draws = self.draws(Owner::Release(side), Draw::TwinEvents, metric);
        expected
            .iter()
            .map(|mean| poisson(&mut draws, *mean) as f64)
            .collect()
    }

    fn draws(&self, owner: Owner, draw: Draw, metric: u32) -> Xoshiro256PlusPlus {
        generator(self.seed, owner, draw, i64::from(metric))
    }
}

/// A stationary first-order process of variance 1.
fn autoregressive(mut draws: Xoshiro256PlusPlus, memory: f64, moments: usize) -> Vec<f64> {
    let fresh = (1.0 - memory * memory).sqrt();
    let mut state = normal(&mut draws);
    (0..moments)
        .map(|_| {
            let now = state;
            state = memory.mul_add(state, fresh * normal(&mut draws));
            now
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_the_statistics_it_says() {
        for memory in [0.0, 0.3, 0.6] {
            let noise = Twins::new(7).noise(Role::Canary, 1, memory, 200_000);
            let n = noise.len() as f64;
            let mean = noise.iter().sum::<f64>() / n;
            let variance = noise.iter().map(|x| x * x).sum::<f64>() / n;
            let lagged = noise.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / n;
            assert!(mean.abs() < 0.02, "{memory}: mean {mean}");
            assert!((variance - 1.0).abs() < 0.02, "{memory}: {variance}");
            assert!((lagged - memory).abs() < 0.02, "{memory}: {lagged}");
        }
    }

    #[test]
    fn events_are_as_many_as_expected() {
        let events = Twins::new(7).events(Role::Baseline, 2, &[3.0; 50_000]);
        let mean = events.iter().sum::<f64>() / 50_000.0;
        assert!((mean - 3.0).abs() < 0.05, "{mean}");
    }
}
