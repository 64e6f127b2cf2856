//! Everything that reads what others wrote, and input that is nearly right, to feed it with.
//!
//! Nothing may panic, take long, or break what its target promises. The program `fuzz` feeds seeds with a few changes; `guided` does so
//! under libFuzzer, which goes on from the inputs that reached something new.

mod judges;
mod mutate;
mod record;
mod release;
mod server;
mod stores;
mod target;

use std::time::Duration;

pub use mutate::{LONGEST, changed};
pub use target::{Bench, Target};

/// Input of at most [`LONGEST`] bytes that keeps a target busy for longer keeps a service busy for too long.
pub const SLOWEST: Duration = Duration::from_secs(5);
