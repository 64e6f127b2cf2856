//! What all pages have around them.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    Site,
    assets::{SCRIPT, STYLE},
};

/// A page whose parts the service delivers: nothing else may be loaded, run or asked.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The icon: a canary-yellow disc. Nothing is fetched for it.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%23e3b341'/%3E%3Cpath d='M4 9l3 3 5-7' fill='none' stroke='%23222' stroke-width='2'/%3E%3C/svg%3E";

/// The part of the service a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Runs,
    Rollouts,
    Configs,
    Help,
    Elsewhere,
}

/// How soon a page without a script asks anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refresh {
    Never,
    /// After so many seconds.
    Every(u64),
}

/// A page of the service.
pub(crate) fn page(
    site: &Site,
    title: &str,
    place: Place,
    refresh: Refresh,
    main: &Markup,
) -> Markup {
    let current = |of: Place| (of == place).then_some("true");
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                (meta(title))
                link rel="stylesheet" href=(site.asset(&STYLE));
                script src=(site.asset(&SCRIPT)) {}
                @if let Refresh::Every(seconds) = refresh {
                    noscript { meta http-equiv="refresh" content=(seconds); }
                }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    a.brand href=(site.runs()) { "Serinus" }
                    nav aria-label="Main" {
                        a href=(site.runs()) aria-current=[current(Place::Runs)] { "Runs" }
                        a href=(site.rollouts()) aria-current=[current(Place::Rollouts)] { "Rollouts" }
                        a href=(site.configs()) aria-current=[current(Place::Configs)] { "Configs" }
                        a href=(site.docs()) { "API" }
                        a href=(site.help("")) aria-current=[current(Place::Help)] { "Help" }
                    }
                    (theme_button())
                }
                (main)
                (footer())
            }
        }
    }
}

/// A page in one file, which can be kept and sent: it carries its style and script, and loads nothing.
pub(crate) fn single_file(title: &str, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta http-equiv="Content-Security-Policy" content=(single_file_policy());
                (meta(title))
                style { (PreEscaped(&STYLE.text)) }
                script { (PreEscaped(&SCRIPT.text)) }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    span.brand { "Serinus" }
                    (theme_button())
                }
                (main)
                (footer())
            }
        }
    }
}

/// What a page in one file may do: what is in it, by its hash.
pub(crate) fn single_file_policy() -> String {
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        STYLE.source, SCRIPT.source
    )
}

fn meta(title: &str) -> Markup {
    html! {
        meta charset="utf-8";
        title { (title) " · Serinus" }
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        meta name="referrer" content="no-referrer";
        link rel="icon" href=(ICON);
    }
}

fn theme_button() -> Markup {
    html! {
        button #theme type="button" hidden { "Dark theme" }
    }
}

fn footer() -> Markup {
    html! {
        p #status .unseen role="status" {}
        footer { "Serinus " (env!("CARGO_PKG_VERSION")) }
    }
}
