//! Where pages are, as those who read them reach the service: behind a proxy perhaps below a path.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::assets::Asset;

/// What a segment of a path may show of a name as it is.
const PLAIN: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The addresses of all pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Site {
    /// The path everything lies below, without a slash at its end; empty at the root.
    base: String,
}

impl Site {
    /// The pages of a service at this address.
    pub(crate) fn of(public_url: &str) -> Self {
        let after_scheme = public_url
            .split_once("://")
            .map_or(public_url, |(_, rest)| rest);
        let base = after_scheme
            .find('/')
            .map_or("", |slash| after_scheme[slash..].trim_end_matches('/'));
        Self {
            base: base.to_owned(),
        }
    }

    /// Where something is that the service has at this path.
    pub(crate) fn at(&self, path: impl Display) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn runs(&self) -> String {
        self.at("/ui")
    }

    pub(crate) fn run(&self, id: impl Display) -> String {
        self.at(format_args!("/ui/analyses/{id}"))
    }

    /// Where a form that ends a run is sent to.
    pub(crate) fn cancel(&self, id: impl Display) -> String {
        self.at(format_args!("/ui/analyses/{id}/cancel"))
    }

    pub(crate) fn metric(&self, run: impl Display, name: &str) -> String {
        self.at(format_args!(
            "/ui/analyses/{run}/metrics/{}",
            path_segment(name)
        ))
    }

    pub(crate) fn compare(&self) -> String {
        self.at("/ui/compare")
    }

    pub(crate) fn rollouts(&self) -> String {
        self.at("/ui/rollouts")
    }

    pub(crate) fn rollout(&self, id: impl Display) -> String {
        self.at(format_args!("/ui/rollouts/{id}"))
    }

    /// Where a form that decides about a rollout is sent to.
    pub(crate) fn decisions(&self, rollout: impl Display) -> String {
        self.at(format_args!("/ui/rollouts/{rollout}/decisions"))
    }

    pub(crate) fn configs(&self) -> String {
        self.at("/ui/configs")
    }

    pub(crate) fn config(&self, name: &str) -> String {
        self.at(format_args!("/ui/configs/{}", path_segment(name)))
    }

    /// What the words mean; `part` is the anchor of one chapter, or nothing.
    pub(crate) fn help(&self, part: &str) -> String {
        self.at(format_args!("/ui/help{part}"))
    }

    /// The description of the API.
    pub(crate) fn docs(&self) -> String {
        self.at("/docs/")
    }

    /// The style sheet or the script.
    pub(super) fn asset(&self, asset: &Asset) -> String {
        self.at(format_args!("/ui/assets/{}", asset.name))
    }

    /// A config as the API has it.
    pub(crate) fn in_api_config(&self, key: &str) -> String {
        self.at(format_args!("/api/v1/configs/{}", path_segment(key)))
    }

    /// What the API says about a run.
    pub(crate) fn in_api(&self, run: impl Display, part: &str) -> String {
        self.at(format_args!("/api/v1/analyses/{run}{part}"))
    }
}

/// A name as one segment of a path.
pub(crate) fn path_segment(name: &str) -> String {
    // Browsers take these for steps along the path, however they are written.
    let end = if matches!(name, "." | "..") {
        "%00"
    } else {
        ""
    };
    format!("{}{end}", utf8_percent_encode(name, &PLAIN))
}

/// The name that [`path_segment`] made a segment of; names have no control characters.
pub(crate) fn name_of_segment(segment: &str) -> &str {
    segment.trim_end_matches('\0')
}

#[cfg(test)]
mod tests {
    use super::{Site, name_of_segment, path_segment};

    #[test]
    fn addresses_lie_below_the_path_of_the_public_address() {
        for (public_url, runs) in [
            ("http://127.0.0.1:8090", "/ui"),
            ("https://canary.example.com/", "/ui"),
            ("https://ci.example.com/tools/serinus/", "/tools/serinus/ui"),
        ] {
            assert_eq!(Site::of(public_url).runs(), runs);
        }
    }

    #[test]
    fn a_name_is_one_segment_whatever_it_is() {
        for name in ["..", ".", "a/b?c#d e", "%2e%2e", "\u{202e}x"] {
            let segment = path_segment(name);
            assert!(!segment.contains(['/', '?', '#', ' ']), "{segment}");
            let decoded = percent_encoding::percent_decode_str(&segment).decode_utf8();
            assert_eq!(name_of_segment(&decoded.unwrap()), name);
        }
        assert_ne!(path_segment(".."), "..");
    }
}
