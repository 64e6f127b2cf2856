//! The pages in a real browser. A test program of its own: what drives the browser adds to `String` what others cannot live
//! with.
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
#[path = "../it/support/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "shared with the tests without a browser, which use the rest"
)]
mod support;
