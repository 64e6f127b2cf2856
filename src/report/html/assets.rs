//! The one style sheet and the one script, part of the program.

use std::{fmt::Write as _, sync::LazyLock};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::report::{palette, plot};

/// A file that pages need. Its name tells its content, so that it can be kept for ever.
#[derive(Debug)]
pub(crate) struct Asset {
    /// What it says.
    pub(crate) text: String,
    /// The hash of that and the extension: the last part of its address.
    pub(crate) name: String,
    /// Its content type.
    pub(crate) content_type: &'static str,
    /// What a content security policy allows it by where it is part of the page.
    pub(crate) source: String,
}

impl Asset {
    fn new(text: String, extension: &str, content_type: &'static str) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        let mut name = String::new();
        for byte in digest.iter().take(8) {
            // Writing to a string does not fail.
            let _infallible = write!(name, "{byte:02x}").is_ok();
        }
        Self {
            name: format!("{name}.{extension}"),
            content_type,
            source: format!("'sha256-{}'", STANDARD.encode(digest)),
            text,
        }
    }
}

/// The style sheet.
pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let css = [
        palette::following(),
        plot::STYLE.to_owned(),
        include_str!("assets/serinus.css").to_owned(),
    ];
    Asset::new(css.join("\n"), "css", "text/css; charset=utf-8")
});

/// The script: theme, copying, following what goes on. Pages say the same without it.
pub(crate) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let script = include_str!("assets/serinus.js").to_owned();
    Asset::new(script, "js", "text/javascript; charset=utf-8")
});
