//! What many of Kayenta's routes refuse.

use super::error::Message;
use crate::api::refusals::refusals;

refusals! { Message<'_>, "application/json":
    /// Of a body, whatever is in it.
    BodyRefused {
        413: "The body is too large",
        415: "Not declared as JSON",
    }
    /// Of a run to start.
    NotStarted {
        400: "Cannot be carried out",
        413: "The body is too large",
        415: "Not declared as JSON",
        429: "Too many runs in flight",
        503: "Shutting down, or the store of runs does not answer",
        507: "No room where runs are kept",
    }
    /// Of a run that nobody knows.
    NoSuchRun { 404: "No such run", }
    /// Of a config that nobody knows.
    NoSuchConfig { 404: "No such config", }
    /// Of a list of samples that nobody knows.
    NoSuchList { 404: "No such list", }
    /// Of a run.
    RunsAway { 503: "The store of runs does not answer", }
    /// Of anything else that is kept.
    StoreAway { 503: "The store does not answer", }
}
