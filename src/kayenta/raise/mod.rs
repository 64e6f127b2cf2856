//! From native things to Kayenta's: the way back of what `lower` does for configs.

mod config;
mod judge_result;
mod pairs;
mod status;

pub use config::{escaped, shown};
pub use judge_result::{judge_name, judge_result};
pub use pairs::{metric_set_pairs, pair_id};
pub use status::status;
