//! Surfaces in the words of tools that cannot be taught ours.

pub(super) mod flagger;
pub(super) mod prometheus;
