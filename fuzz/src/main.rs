//! Feeds broken input to everything that reads input: seeds with a few changes, the same ones for the same seed number.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the command line"
)]

use std::{
    fs, io, iter,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Parser, ValueEnum as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;
use serinus_fuzz::{Bench, SLOWEST, Target, changed};

/// Feed broken input to everything that reads input
#[derive(Debug, Parser)]
struct Arguments {
    /// How many inputs each target gets
    #[arg(long, default_value_t = 2_000, conflicts_with = "minutes")]
    iterations: u64,
    /// How long each target is fed, instead of a number of inputs
    #[arg(long)]
    minutes: Option<f64>,
    /// Other seeds make other inputs
    #[arg(long, default_value_t = 20_260_114)]
    seed: u64,
    /// Feed this file to the one target given, and nothing else
    #[arg(long, requires = "targets")]
    file: Option<PathBuf>,
    /// Feed nothing, but write the seeds of each target into a folder of its name in this one
    #[arg(long, conflicts_with = "file")]
    seeds: Option<PathBuf>,
    /// What to feed; everything if not given
    #[arg(value_enum)]
    targets: Vec<Target>,
}

/// How feeding a target went.
#[derive(Debug, Default)]
struct Tally {
    fed: u64,
    taken: u64,
    longest: Duration,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let targets = match arguments.targets.as_slice() {
        [] => Target::value_variants(),
        chosen => chosen,
    };
    if let Some(folder) = &arguments.seeds {
        return match write_seeds(targets, folder) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{}: {error}", folder.display());
                ExitCode::FAILURE
            }
        };
    }
    let bench = Bench::new();
    let mut failed = false;
    for target in targets {
        let name = name(*target);
        match feed(*target, &bench, &arguments) {
            Ok(Tally {
                fed,
                taken,
                longest,
            }) => println!(
                "{name:>15}: {fed} inputs, {taken} of them taken for right, the longest in {longest:.0?}"
            ),
            Err(input) => {
                let file = std::env::temp_dir().join(format!("serinus-fuzz-{name}"));
                eprintln!("{name}: FAILED: fuzz {name} --file {}", file.display());
                if let Err(error) = fs::write(&file, input) {
                    eprintln!("{error}");
                }
                failed = true;
            }
        }
    }
    ExitCode::from(u8::from(failed))
}

fn name(target: Target) -> String {
    let value = target.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn write_seeds(targets: &[Target], folder: &Path) -> io::Result<()> {
    for target in targets {
        let folder = folder.join(name(*target));
        fs::create_dir_all(&folder)?;
        for (index, seed) in target.seeds().iter().enumerate() {
            fs::write(folder.join(format!("seed-{index}")), seed)?;
        }
    }
    Ok(())
}

/// Feeds one target; the input that it failed on, if it did.
fn feed(target: Target, bench: &Bench, arguments: &Arguments) -> Result<Tally, Vec<u8>> {
    let started = Instant::now();
    let seeds = target.seeds();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(arguments.seed);
    let mut tally = Tally::default();
    if let Some(file) = &arguments.file {
        let input = fs::read(file).expect("the file can be read");
        tally.feed(target, bench, input)?;
        return Ok(tally);
    }
    for seed in &seeds {
        tally.feed(target, bench, seed.to_vec())?;
    }
    // A seed that is refused would only ever lead to the same refusal.
    assert_eq!(tally.taken, tally.fed, "a seed of {target:?} is not right");
    let more = |fed| match arguments.minutes {
        Some(minutes) => started.elapsed().as_secs_f64() < minutes * 60.0,
        None => fed < arguments.iterations,
    };
    let mut inputs = iter::repeat_with(|| {
        let seed = seeds[random.random_range(0..seeds.len())].to_vec();
        changed(seed, &seeds, &mut random)
    });
    while more(tally.fed) {
        if let Some(input) = inputs.next() {
            tally.feed(target, bench, input)?;
        }
    }
    Ok(tally)
}

impl Tally {
    fn feed(&mut self, target: Target, bench: &Bench, input: Vec<u8>) -> Result<(), Vec<u8>> {
        let began = Instant::now();
        let Ok(taken) = catch_unwind(AssertUnwindSafe(|| target.feed(bench, &input))) else {
            return Err(input);
        };
        let took = began.elapsed();
        if took > SLOWEST {
            eprintln!("took {took:.1?}");
            return Err(input);
        }
        self.fed += 1;
        self.taken += u64::from(taken);
        self.longest = self.longest.max(took);
        Ok(())
    }
}
