//! The pages in a real browser: `cargo build && cargo test -p serinus-browser`.
#![expect(
    clippy::disallowed_methods,
    reason = "tests have no runner and need no limits on their client"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod chromium;
mod keyboard;
mod look;
#[path = "../it/page/seeded.rs"]
mod seeded;
#[expect(
    dead_code,
    reason = "shared with the tests without a browser, which use the rest"
)]
mod support;
