//! The pages as a client without a screen gets them. How they look and feel in a browser is in `tests/browser`.

mod deeds;
mod files;
mod links;
mod pages;
mod rollouts;
mod runs;
mod seeded;
mod states;

use seeded::{HOSTILE, Seeded, ahead, encoded, id, named};
