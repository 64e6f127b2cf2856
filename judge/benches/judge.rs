//! How long a judgement takes. Targets: one metric of 60 samples a side in 25 us; of 1,440 in 1 ms under `netflix-aca`, in
//! 0.5 ms under `serinus`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::Array2;
use serinus_judge::netflix_aca::{Settings, classify};
use serinus_judge::stats::{
    Alpha, Tail, brunner_munzel, hodges_lehmann, kolmogorov_smirnov, pseudo_median, rank_sum,
};
use serinus_judge::{Evidence, Judge, Metric, Observations, Release, Rules};

/// Noise without a pattern the merge could profit from (a linear congruential generator), around 100.
fn series(length: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            95.0 + (state >> 40) as f64 / f64::from(1 << 24) * 10.0
        })
        .collect()
}

/// As a store of whole numbers would give them: many ties.
fn rounded(series: Vec<f64>) -> Vec<f64> {
    series.into_iter().map(f64::round).collect()
}

fn metrics(c: &mut Criterion) {
    let rules = Rules::default();
    for length in [60, 1440] {
        let (baseline, canary) = (series(length, 1), series(length, 2));
        c.bench_function(&format!("netflix-aca {length}+{length}"), |b| {
            b.iter(|| {
                let (baseline, canary) = (black_box(&baseline), black_box(&canary));
                classify("metric", &rules, Settings::default(), baseline, canary)
            });
        });
        let (baseline, canary) = (rounded(baseline), rounded(canary));
        c.bench_function(&format!("netflix-aca {length}+{length} tied"), |b| {
            b.iter(|| {
                let (baseline, canary) = (black_box(&baseline), black_box(&canary));
                classify("metric", &rules, Settings::default(), baseline, canary)
            });
        });
    }
}

/// One metric under the default judge, in each arrangement.
fn serinus(c: &mut Criterion) {
    let judge = Judge::default();
    let mut bench = |name: &str, observations: Observations| {
        let release = Release {
            metrics: vec![Metric {
                name: "metric".to_owned(),
                groups: vec!["group".to_owned()],
                rules: Rules::default(),
                evidence: Evidence::Observed(observations),
            }],
            ..Release::default()
        };
        c.bench_function(name, |b| b.iter(|| judge.judge(black_box(&release))));
    };
    for length in [60, 1440] {
        let (baseline, canary) = (series(length, 1), series(length, 2));
        if let Ok(pair) = Observations::paired(baseline.clone(), canary.clone()) {
            bench(&format!("serinus {length}+{length} paired"), pair);
        }
        let sides = Observations::independent(baseline, canary);
        bench(&format!("serinus {length}+{length} independent"), sides);
    }
    let history = (3..11).map(|seed| series(60, seed)).collect();
    let windows = Observations::before_after(series(60, 1), series(60, 2), history);
    bench("serinus 60+60 before-after", windows);
    let rows = |seed: u64| Array2::from_shape_fn((10, 60), |(i, j)| series(60, seed + i as u64)[j]);
    if let Ok(replicas) = Observations::replicas(rows(1), rows(20)) {
        bench("serinus 10+10 replicas of 60", replicas);
    }
}

fn release(c: &mut Criterion) {
    let metrics = (0..50)
        .map(|i| Metric {
            name: format!("metric-{i}"),
            groups: vec![format!("group-{}", i % 5)],
            rules: Rules::default(),
            evidence: Evidence::Observed(Observations::independent(
                series(60, 2 * i),
                series(60, 2 * i + 1),
            )),
        })
        .collect();
    let release = Release {
        metrics,
        ..Release::default()
    };
    let judge = Judge::default();
    c.bench_function("release of 50 metrics, 60+60", |b| {
        b.iter(|| judge.judge(black_box(&release)));
    });
}

/// Estimate and interval by selection. Target: 1,440 samples a side in 0.4 ms.
fn shifts(c: &mut Criterion) {
    let alpha = Alpha::new(0.01).expect("a level");
    for length in [30, 50, 60, 1440, 10_080] {
        let (baseline, canary) = (series(length, 1), series(length, 2));
        let tied = (rounded(baseline.clone()), rounded(canary.clone()));
        let heavy = [&baseline, &canary]
            .map(|side| side.iter().map(|x| (x * 2.0).exp()).collect::<Vec<_>>());
        for (kind, baseline, canary) in [
            ("", &baseline, &canary),
            (" tied", &tied.0, &tied.1),
            (" heavy", &heavy[0], &heavy[1]),
        ] {
            c.bench_function(&format!("hodges-lehmann {length}+{length}{kind}"), |b| {
                b.iter(|| hodges_lehmann(black_box(baseline), black_box(canary), alpha));
            });
        }
        let differences: Vec<f64> = canary.iter().zip(&baseline).map(|(c, b)| c - b).collect();
        c.bench_function(&format!("pseudo-median {length}"), |b| {
            b.iter(|| pseudo_median(black_box(&differences), alpha));
        });
    }
}

fn tests(c: &mut Criterion) {
    for length in [30, 50, 60, 100, 1440] {
        let (baseline, canary) = (series(length, 1), series(length, 2));
        c.bench_function(&format!("rank-sum {length}+{length}"), |b| {
            b.iter(|| rank_sum(black_box(&baseline), black_box(&canary), Tail::TwoSided));
        });
        c.bench_function(&format!("brunner-munzel {length}+{length}"), |b| {
            b.iter(|| brunner_munzel(black_box(&baseline), black_box(&canary), Tail::TwoSided));
        });
        c.bench_function(&format!("kolmogorov-smirnov {length}+{length}"), |b| {
            b.iter(|| kolmogorov_smirnov(black_box(&baseline), black_box(&canary)));
        });
    }
}

criterion_group!(benches, metrics, serinus, release, shifts, tests);
criterion_main!(benches);
