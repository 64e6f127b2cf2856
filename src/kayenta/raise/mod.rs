//! From native things to Kayenta's: the way back of what `lower` does for configs.

mod config;
mod judge_result;
mod metric_sets;
mod pairs;
mod pipeline;
mod standalone;
mod status;

pub use config::{escaped, shown};
pub use judge_result::{judge_name, judge_result};
pub use metric_sets::metric_sets;
pub use pairs::{metric_set_pairs, pair_id};
pub use pipeline::pipeline;
pub use standalone::{judgement_id, status_of_judgement, status_of_standalone};
pub use status::{brief, ended_at, status};
