//! The statistical tool box: functions on slices of numbers, one file per concept.
//!
//! Callers leave out NaN; where a value is not finite, or there are too few, the answer is `None`, never NaN and never a
//! panic. The baseline always comes before the canary, and a positive difference, statistic or slope means that the canary
//! is higher. Error rates, power and variance inflation are checked types ([`Alpha`], [`Power`], [`Inflation`]); intervals
//! ([`Bounds`]) have infinite ends where the samples cannot bound them.
//!
//! | question | function |
//! |---|---|
//! | are values of one side higher? | [`rank_sum`], [`brunner_munzel`] if the sides differ in spread, [`van_elteren`] within strata |
//! | the same for pairs | [`signed_rank`] |
//! | by how much? | [`hodges_lehmann`], [`pseudo_median`] for pairs, [`ratio_of_means`], [`ratio_of_quantiles`] |
//! | are differences symmetric about zero, whatever their distribution? | [`sign_flips`] |
//! | do the distributions differ anywhere? | [`kolmogorov_smirnov`] |
//! | do shares of errors differ? | [`compare_shares`], with [`overdispersion`] |
//! | do rates of events differ? | [`compare_rates`] |
//! | is there a trend? | [`mann_kendall`], [`theil_sen`] |
//! | how many of many alarms are false? | [`benjamini_hochberg`] |
//! | what could have been noticed? | [`smallest_detectable_change`] |

pub(crate) mod autocorrelation;
mod bounds;
mod brunner_munzel;
mod detectable;
pub(crate) mod distributions;
mod exact_null;
mod false_discovery;
mod hodges_lehmann;
mod kolmogorov_smirnov;
mod levels;
pub(crate) mod mann_whitney;
pub(crate) mod normal;
mod overdispersion;
pub(crate) mod percentile;
pub(crate) mod permutation;
mod proportions;
mod rank_sum;
mod ranks;
mod rates;
mod ratio_of_means;
mod ratio_of_quantiles;
#[cfg(test)]
mod reference;
pub(crate) mod robust;
mod selection;
mod sign_flips;
mod signed_rank;
pub(crate) mod student;
mod summary;
mod tail;
mod trend;
mod van_elteren;
pub(crate) mod zeroin;

pub use bounds::Bounds;
pub use brunner_munzel::{BrunnerMunzel, Studentised, brunner_munzel};
pub use detectable::{Means, Spread, smallest_detectable_change};
pub use false_discovery::benjamini_hochberg;
pub use hodges_lehmann::{Shift, hodges_lehmann, pseudo_median};
pub use kolmogorov_smirnov::{KolmogorovSmirnov, kolmogorov_smirnov};
pub use levels::{Alpha, Inflation, InvalidLevel, Power};
pub use overdispersion::overdispersion;
pub use percentile::percentile;
pub use proportions::{Counts, InvalidCounts, ShareComparison, compare_shares};
pub(crate) use rank_sum::superiority;
pub use rank_sum::{Method, RankSum, rank_sum};
pub use ranks::{Ranks, mid_ranks};
pub use rates::{InvalidRate, Rate, RateComparison, compare_rates};
pub use ratio_of_means::{Ratio, Sampling, ratio_of_means};
pub use ratio_of_quantiles::ratio_of_quantiles;
pub use sign_flips::sign_flips;
pub use signed_rank::{SignedRank, Zeros, signed_rank};
pub use summary::Summary;
pub(crate) use summary::mean;
pub use tail::Tail;
pub use trend::{MOST_POINTS, MannKendall, Slope, mann_kendall, theil_sen};
pub use van_elteren::{Stratum, VanElteren, van_elteren};
