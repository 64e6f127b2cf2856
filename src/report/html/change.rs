//! A metric's change in words.

use serinus_judge::MetricResult;

use crate::report::{
    plot::Change,
    wording::{change, number, percent},
};

/// Which change is allowed: `up to +10 %`.
pub(crate) fn allowed(change: &Change) -> String {
    let plain = |percent: f64| number((percent * 10.0).round() / 10.0);
    match change.allowed() {
        [low, high] if low.is_infinite() && high.is_infinite() => "any".to_owned(),
        [low, high] if low.is_infinite() => format!("up to +{} %", plain(high)),
        [low, high] if high.is_infinite() => format!("down to {} %", plain(low)),
        [low, high] if (low + high).abs() < 1e-9 => format!("±{} %", plain(high)),
        [low, high] => format!("{} to +{} %", plain(low), plain(high)),
    }
}

/// A metric's change, its interval and what is allowed, as it is read aloud.
pub(crate) fn said(metric: &MetricResult, drawn: Option<&Change>) -> String {
    let mut said = format!("change {}", change(metric));
    if let Some(drawn) = drawn {
        if let Some([lower, upper]) = drawn.interval() {
            said += &format!(", interval {} to {}", percent(lower), percent(upper));
        }
        said += &format!(", allowed {}", allowed(drawn));
    }
    said
}
