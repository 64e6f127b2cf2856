//! Telling others about runs: what arrives, what happens to receivers in trouble, and what is refused.

mod events;
mod faults;
mod forms;
mod receiver;
mod refused;
mod restart;
mod stages;
