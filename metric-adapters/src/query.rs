//! What a store is asked: a query text, over a window of time, on a fixed step.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

/// One question to a metric store.
///
/// The text is complete: its template was rendered before. It is evaluated at `start + k * step` for k = 0, 1, ..
/// as long as the instant is not after the window's end, so both ends of the window are inside.
///
/// A sample speaks for the step that ends at its instant. A store that writes the beginning of a bucket of time next
/// to its value is asked for the buckets that end inside the window, and its samples are given the buckets' ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RangeQuery {
    /// The query in the store's own language.
    pub text: String,
    /// The span of time asked for.
    pub window: Window,
    /// The distance between two evaluation instants.
    pub step: Step,
}

/// Several questions about one window on one step, for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The queries in the store's own language, each complete as that of a [`RangeQuery`].
    pub texts: Vec<String>,
    /// The span of time asked for.
    pub window: Window,
    /// The distance between two evaluation instants.
    pub step: Step,
}

impl Batch {
    /// Its questions, one by one.
    pub fn queries(&self) -> impl Iterator<Item = RangeQuery> {
        self.texts.iter().map(|text| RangeQuery {
            text: text.clone(),
            window: self.window,
            step: self.step,
        })
    }
}

/// A span of time with both ends inside, kept to the millisecond.
///
/// ```
/// use serinus_adapters::Window;
/// let window = Window::new("2026-03-01T10:00:00Z".parse()?, "2026-03-01T10:30:00Z".parse()?)?;
/// assert_eq!(window.duration().as_mins(), 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    start_ms: i64,
    end_ms: i64,
}

/// The window's end lies before its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the window is reversed: it starts at {start} and ends at {end}")]
pub struct WindowError {
    /// The start that was given.
    pub start: Timestamp,
    /// The end that was given.
    pub end: Timestamp,
}

impl Window {
    /// Makes a window of the given ends. Digits finer than a millisecond are cut, because no store keeps them all.
    ///
    /// # Errors
    /// When `end` lies before `start`. A window of one instant is one: it asks for a single sample.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, WindowError> {
        let (start_ms, end_ms) = (start.as_millisecond(), end.as_millisecond());
        if start_ms <= end_ms {
            Ok(Self { start_ms, end_ms })
        } else {
            Err(WindowError { start, end })
        }
    }

    /// The first instant of the window.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        instant(self.start_ms)
    }

    /// The last instant of the window.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        instant(self.end_ms)
    }

    /// The time from start to end.
    #[must_use]
    pub fn duration(&self) -> SignedDuration {
        SignedDuration::from_millis(self.end_ms - self.start_ms)
    }

    /// Whether an instant lies inside, both ends included.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.start() <= at && at <= self.end()
    }

    /// How many evaluation instants `start + k * step` lie inside.
    #[must_use]
    pub fn points(&self, step: Step) -> u64 {
        ((self.end_ms - self.start_ms) / step.as_millis()).unsigned_abs() + 1
    }

    pub(crate) fn start_ms(&self) -> i64 {
        self.start_ms
    }

    pub(crate) fn end_ms(&self) -> i64 {
        self.end_ms
    }

    /// The beginning of the time the first sample speaks for: one step before the window's start.
    pub(crate) fn covered_from_ms(&self, step: Step) -> i64 {
        self.start_ms.saturating_sub(step.as_millis())
    }
}

/// Milliseconds taken from a [`Timestamp`] always make one again; the clamp only satisfies the type.
fn instant(ms: i64) -> Timestamp {
    let clamped = ms.clamp(
        Timestamp::MIN.as_millisecond(),
        Timestamp::MAX.as_millisecond(),
    );
    Timestamp::from_millisecond(clamped).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The distance between two evaluation instants: whole milliseconds, from 1 ms to 365 days.
///
/// Shown as a Prometheus duration in its largest unit that needs no second one:
///
/// ```
/// use jiff::SignedDuration;
/// use serinus_adapters::Step;
/// assert_eq!(Step::try_from(SignedDuration::from_mins(1))?.to_string(), "60s");
/// assert_eq!(Step::try_from(SignedDuration::from_millis(1500))?.to_string(), "1500ms");
/// assert!(Step::try_from(SignedDuration::ZERO).is_err());
/// # Ok::<(), serinus_adapters::StepError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    millis: i64,
}

/// The duration cannot be a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a step is a whole number of milliseconds from 1ms to 365 days, not {0:#}")]
pub struct StepError(pub SignedDuration);

impl Step {
    /// The shortest step.
    pub const MILLISECOND: Self = Self { millis: 1 };

    const MAX: SignedDuration = SignedDuration::from_hours(365 * 24);

    /// The step in milliseconds; always positive.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.millis
    }

    /// The step as a duration; always positive.
    #[must_use]
    pub fn as_duration(self) -> SignedDuration {
        SignedDuration::from_millis(self.millis)
    }
}

impl TryFrom<SignedDuration> for Step {
    type Error = StepError;

    fn try_from(duration: SignedDuration) -> Result<Self, StepError> {
        let whole = duration.subsec_nanos() % 1_000_000 == 0;
        if duration.is_positive() && whole && duration <= Self::MAX {
            let millis = duration.as_secs() * 1000 + i64::from(duration.subsec_millis());
            Ok(Self { millis })
        } else {
            Err(StepError(duration))
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.millis % 1000 == 0 {
            write!(f, "{}s", self.millis / 1000)
        } else {
            write!(f, "{}ms", self.millis)
        }
    }
}
