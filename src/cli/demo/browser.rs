//! The desktop's browser, where there is a desktop and somebody in front of it.

use std::{
    ffi::OsStr,
    io::{IsTerminal, stderr, stdout},
    process::{Command, Stdio},
};

/// The program that opens an address.
const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else {
    "xdg-open"
};

/// Opens a page if output goes to a terminal with a display beside it. That it cannot be opened is no error: its address was
/// printed.
pub(super) fn open(page: &str) {
    let watched = stdout().is_terminal() || stderr().is_terminal();
    if !watched || !has_display() {
        return;
    }
    let started = Command::new(OPENER)
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        // It ends when it likes; somebody has to take note of it.
        Ok(mut opener) => {
            std::thread::spawn(move || opener.wait());
        }
        Err(error) => tracing::debug!(%error, "no browser is opened"),
    }
}

fn has_display() -> bool {
    let set = |name: &str| {
        let value = std::env::var_os(name);
        value.is_some_and(|value| value.as_os_str() != OsStr::new(""))
    };
    cfg!(target_os = "macos") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
