//! The tests that a config can name, one file each. `None` means that a test does not suit the arrangement of the samples.
//!
//! Those that compare two samples work on the same scales as the rest of the judge, so that units do not matter, and allow
//! for autocorrelation: a p-value is that of the statistic divided by the square root of the variance inflation, and an
//! interval is widened by that factor. Where nothing is inflated, p-values are exact as far as the tool box's are.

pub(super) mod block_permutation;
pub(super) mod brunner_munzel;
pub(super) mod history;
pub(super) mod kolmogorov_smirnov;
pub(super) mod limit;
pub(super) mod mann_whitney;
pub(super) mod paired_rank;
pub(super) mod proportion;
pub(super) mod replicas;
pub(super) mod trend;
mod two_samples;
