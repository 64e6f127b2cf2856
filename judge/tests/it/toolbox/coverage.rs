//! Whether intervals cover, and tests reject, as often as they say: on generated samples, always the same.

use serinus_judge::stats::{
    Counts, Inflation, Sampling, Tail, brunner_munzel, compare_shares, hodges_lehmann,
    kolmogorov_smirnov, ratio_of_means, ratio_of_quantiles,
};

use super::reference::alpha;

const REPLICATES: usize = 2000;

/// A linear congruential generator, and distributions by their quantile functions.
struct Random(u64);

impl Random {
    /// Strictly between 0 and 1.
    fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    fn logistic(&mut self) -> f64 {
        let u = self.uniform();
        (u / (1.0 - u)).ln()
    }

    fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    fn samples(&mut self, count: usize, mut value: impl FnMut(&mut Self) -> f64) -> Vec<f64> {
        (0..count).map(|_| value(self)).collect()
    }
}

/// The share of replicates, in percent, for which the answer is yes.
fn percent(mut holds: impl FnMut(&mut Random) -> bool) -> f64 {
    let mut random = Random(20_261_121);
    let count = (0..REPLICATES).filter(|_| holds(&mut random)).count();
    100.0 * count as f64 / REPLICATES as f64
}

#[test]
fn shifts() {
    for (n, m) in [(8, 15), (60, 40)] {
        let covered = percent(|random| {
            let baseline = random.samples(n, Random::logistic);
            let canary = random.samples(m, |random| random.logistic() + 3.0);
            hodges_lehmann(&baseline, &canary, alpha(0.05))
                .unwrap()
                .interval
                .contains(3.0)
        });
        // Discrete ranks make it cover a little more. The standard error is half a point.
        assert!((94.0..=97.5).contains(&covered), "{n} and {m}: {covered} %");
    }
}

#[test]
fn ratios_of_quantiles_of_skewed_samples() {
    for (n, m, q) in [(60, 60, 0.5), (200, 100, 0.9)] {
        let covered = percent(|random| {
            let baseline = random.samples(n, Random::exponential);
            let canary = random.samples(m, |random| 1.5 * random.exponential());
            ratio_of_quantiles(&baseline, &canary, q, alpha(0.05))
                .unwrap()
                .interval
                .contains(1.5)
        });
        assert!(
            (94.0..=99.0).contains(&covered),
            "{n}, {m}, {q}: {covered} %"
        );
    }
}

#[test]
fn ratios_of_means() {
    let covered = percent(|random| {
        let baseline = random.samples(25, |random| 20.0 + random.logistic());
        let canary = random.samples(40, |random| 30.0 + 3.0 * random.logistic());
        let ratio = ratio_of_means(
            &baseline,
            &canary,
            Sampling::Independent,
            Inflation::NONE,
            alpha(0.05),
        );
        ratio.unwrap().interval.contains(1.5)
    });
    assert!((93.5..=96.5).contains(&covered), "{covered} %");
}

#[test]
fn shares_without_a_difference() {
    let mut excluded = [0.0; 2];
    let rejected = percent(|random| {
        let mut errors = |of: usize| {
            let errors = random
                .samples(of, Random::uniform)
                .iter()
                .filter(|u| **u < 0.05)
                .count();
            Counts::new(errors as f64, of as f64).unwrap()
        };
        let answer = compare_shares(
            errors(300),
            errors(150),
            Inflation::NONE,
            Tail::TwoSided,
            alpha(0.05),
        )
        .unwrap();
        excluded[0] += f64::from(u8::from(!answer.difference_interval.contains(0.0)));
        excluded[1] += f64::from(u8::from(!answer.ratio_interval.contains(1.0)));
        answer.p < 0.05
    });
    // The two intervals are built alike, so that they agree about no change.
    let excluded = excluded.map(|count| 100.0 * count / REPLICATES as f64);
    assert_eq!(excluded[0], excluded[1]);
    assert!(
        (3.0..=6.5).contains(&rejected) && (3.0..=6.5).contains(&excluded[0]),
        "{rejected} %, {excluded:?}"
    );
}

#[test]
fn tests_of_equal_distributions() {
    let mut smirnov = 0.0;
    let munzel = percent(|random| {
        let (baseline, canary) = (
            random.samples(20, Random::exponential),
            random.samples(30, Random::exponential),
        );
        smirnov += f64::from(u8::from(
            kolmogorov_smirnov(&baseline, &canary).unwrap().p <= 0.05,
        ));
        brunner_munzel(&baseline, &canary, Tail::TwoSided)
            .unwrap()
            .p
            <= 0.05
    });
    let smirnov = 100.0 * smirnov / REPLICATES as f64;
    assert!(
        (4.0..=7.0).contains(&munzel) && (2.5..=5.8).contains(&smirnov),
        "{munzel} %, {smirnov} %"
    );
}
