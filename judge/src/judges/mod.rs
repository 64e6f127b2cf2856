//! The judges: ways to compare the two sides of a metric.

pub mod netflix_aca;
pub mod serinus;
