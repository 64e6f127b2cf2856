//! `replicas`: replicas against replicas.

use crate::judges::serinus::finding::Finding;
use crate::judges::serinus::question::Question;
use crate::judges::serinus::replicas;
use crate::observations::Observations;

/// Compares replicas, however few.
pub(in crate::judges::serinus) fn compare(
    question: &Question<'_>,
    observations: &Observations,
) -> Option<Finding> {
    if let Observations::Replicas(both) = observations {
        Some(replicas::compare(question, both))
    } else {
        None
    }
}
