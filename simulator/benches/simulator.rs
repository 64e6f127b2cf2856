//! What a series, a live second and a scrape cost.
use criterion::{Criterion, criterion_group, criterion_main};
use serinus_simulator::{Exporter, Release, Role, Scenario, Signal};

const START: i64 = 1_700_000_000;

fn benches(c: &mut Criterion) {
    let release = Release::new(Scenario::Healthy, Role::Canary, 7);
    for signal in Signal::ALL {
        c.bench_function(&format!("an hour of {signal}"), |b| {
            b.iter(|| release.series(signal, START, START + 3_600, 60));
        });
    }

    let mut exporter = Exporter::new(release, START);
    c.bench_function("a second of an exporter", |b| {
        b.iter(|| exporter.advance_to(exporter.now() + 1));
    });
    c.bench_function("a scrape", |b| b.iter(|| exporter.render()));
}

criterion_group!(simulator, benches);
criterion_main!(simulator);
