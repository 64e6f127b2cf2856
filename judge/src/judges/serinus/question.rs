//! What is asked of a comparison.

use super::settings::Settings;
use crate::release::Rules;

/// The rules of the metric and the settings of the judge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) rules: &'a Rules,
    pub(super) settings: Settings,
}
