//! Telling others about runs: webhooks, signed, repeated until they are taken or it is too late.
//!
//! What is to be told is kept by the store in the transaction that makes it true; from there the [`Courier`] takes what is due,
//! `notice` says it, [`Callbacks`] knows where it goes, and `schedule` decides what follows from the answer. A message
//! arrives at least once, always under the same id.

mod annotation;
mod courier;
mod message;
mod notice;
mod receivers;
mod schedule;
mod send;
mod sign;
mod slack;

pub use courier::{Courier, Tried};
pub use receivers::{CallbackError, Callbacks, Receiver};
