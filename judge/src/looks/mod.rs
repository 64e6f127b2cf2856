//! One run, looked at several times.
//!
//! A canary is judged while its data grows, so that a clear regression ends the run early. Looking often must not make false
//! alarms frequent: whoever looks twelve times at the ordinary confidence raises several times as many. A [`LookRule`] says how
//! often a run is looked at and what each look may spend of the error rate of the whole run; a [`Watch`] judges looks by it.
//!
//! ```
//! use serinus_judge::{Judge, Look, LookDecision, LookRule, Place, Plan, Progress, Release, Watch};
//!
//! let watch = Watch::new(Judge::default(), LookRule::Planned(Plan::default()))?;
//! let look = Look::new(Progress::new(0.25)?, Vec::new(), Place::Interim)?;
//! let judged = watch.look(&look, &Release::default());
//! assert_eq!(judged.decision, LookDecision::Continue);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod anytime;
mod boundary;
mod decide;
mod levels;
mod look;
mod rule;
mod spending;
mod watch;

pub use decide::{LookDecision, Stop};
pub use look::{EarlierLook, InvalidLook, Look, Place, Progress};
pub use rule::{LookRule, Passing, Plan, Windows};
pub use spending::Spending;
pub use watch::{LookJudgement, UnsuitedRule, Watch};
