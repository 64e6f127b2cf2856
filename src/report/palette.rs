//! The colours of pages and plots, each for light and for dark surroundings.
//!
//! Text colours keep a contrast of at least 4.5 to 1 on both grounds. The two sides are told apart by the blue and the
//! vermilion of Okabe and Ito's palette, which colour-blind people can tell apart too, and by the width of their lines.

use std::fmt::Write as _;

/// Name, light, dark.
const COLOURS: [(&str, &str, &str); 15] = [
    ("ground", "#fafaf8", "#14171b"),
    ("sheet", "#ffffff", "#1b1f25"),
    ("text", "#1b1f24", "#e7eaee"),
    ("quiet", "#57606a", "#a3adb8"),
    ("line", "#d8dce1", "#363d46"),
    ("link", "#0a55a3", "#7ab7ff"),
    ("pass", "#17692f", "#56c973"),
    ("marginal", "#835300", "#e3b341"),
    ("fail", "#b4232a", "#ff8680"),
    ("inconclusive", "#5546a8", "#b8acff"),
    ("error", "#8a2c6b", "#f29ad3"),
    ("pending", "#57606a", "#a3adb8"),
    ("baseline", "#0072b2", "#5fb4e5"),
    ("canary", "#d55e00", "#ff9a4d"),
    ("zone", "#dcefe1", "#1f3a2a"),
];

/// Which surroundings something is drawn for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// What the reader's system asks for.
    #[default]
    Auto,
    /// Light ones.
    Light,
    /// Dark ones.
    Dark,
}

/// The colours as custom properties that follow `color-scheme`.
pub(super) fn following() -> String {
    let mut css = String::from(":root{color-scheme:light dark;");
    for (name, light, dark) in COLOURS {
        // Writing to a string does not fail.
        let _infallible = write!(css, "--{name}:light-dark({light},{dark});").is_ok();
    }
    css + "}"
}

/// The colours as custom properties of an image on its own, in words that older programs know.
pub(super) fn fixed(theme: Theme) -> String {
    let of = |pick: fn(&(&str, &'static str, &'static str)) -> &'static str| {
        let declarations: String = COLOURS
            .iter()
            .map(|colour| format!("--{}:{};", colour.0, pick(colour)))
            .collect();
        format!("svg{{{declarations}}}")
    };
    let (light, dark) = (of(|colour| colour.1), of(|colour| colour.2));
    match theme {
        Theme::Light => light,
        Theme::Dark => dark,
        Theme::Auto => format!("{light}@media(prefers-color-scheme:dark){{{dark}}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::COLOURS;

    /// Relative luminance (WCAG 2.2).
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_and_lines_be_seen_on_both_grounds() {
        let of = |name: &str| COLOURS.iter().find(|colour| colour.0 == name).unwrap();
        let (ground, sheet) = (of("ground"), of("sheet"));
        let texts = [
            "text",
            "quiet",
            "link",
            "pass",
            "marginal",
            "fail",
            "inconclusive",
            "error",
            "pending",
        ];
        for (names, least) in [(&texts[..], 4.5), (&["baseline", "canary"], 3.0)] {
            for name in names {
                let colour = of(name);
                for under in [ground, sheet] {
                    for found in [contrast(colour.1, under.1), contrast(colour.2, under.2)] {
                        assert!(found >= least, "{name} on {}: {found:.2}", under.0);
                    }
                }
            }
        }
    }
}
