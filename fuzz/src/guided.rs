//! Feeds one target under libFuzzer. `SERINUS_FUZZ_TARGET` says which.
#![no_main]

use std::{env, sync::LazyLock};

use clap::ValueEnum as _;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use rand::SeedableRng as _;
use rand_xoshiro::Xoshiro256PlusPlus;
use serinus_fuzz::{Bench, Target, changed};

static STAGE: LazyLock<(Target, Bench)> = LazyLock::new(|| {
    let name = env::var("SERINUS_FUZZ_TARGET").expect("SERINUS_FUZZ_TARGET names a target");
    let target = Target::from_str(&name, false).expect("the target is one that `fuzz` lists");
    (target, Bench::new())
});

fuzz_target!(init: { LazyLock::force(&STAGE); }, |input: &[u8]| {
    let (target, bench) = &*STAGE;
    target.feed(bench, input);
});

// Bytes changed at random break most texts at once, and words that are put in their places do not reach every comparison: by turns.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed.is_multiple_of(2) {
        return fuzzer_mutate(data, size, max_size);
    }
    let (target, _) = &*STAGE;
    let mut random = Xoshiro256PlusPlus::seed_from_u64(u64::from(seed));
    let input = changed(data[..size].to_vec(), &target.seeds(), &mut random);
    let length = input.len().min(max_size);
    data[..length].copy_from_slice(&input[..length]);
    length
});
