//! `history`: the canary's window against how earlier windows differ from each other.

use crate::judges::serinus::before_after;
use crate::judges::serinus::finding::Finding;
use crate::judges::serinus::question::Question;
use crate::observations::Observations;

/// Compares with earlier windows, and not at all without.
pub(in crate::judges::serinus) fn compare(
    question: &Question<'_>,
    observations: &Observations,
) -> Option<Finding> {
    if let Observations::BeforeAfter(windows) = observations {
        Some(before_after::compare_with_history(question, windows))
    } else {
        None
    }
}
