//! Sentences with names in them that callers chose.

use serinus_judge::{MetricResult, Outcome};

use crate::analysis::MetricEvidence;

/// The longest sentence that stands in a list; a metric's own page has it in full.
const IN_A_LIST: usize = 300;

/// A sentence without what would turn its direction: a name in it could make its numbers read backwards. No line breaks
/// between a number and its percent sign.
pub(crate) fn inert(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            c => c,
        })
        .collect::<String>()
        .replace(" %", "\u{a0}%")
}

/// The same, cut where it is too long for a list.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(IN_A_LIST) {
        Some((end, _)) => inert(&text[..end]) + " …",
        None => inert(text),
    }
}

/// A reason as a sentence begins, unless it begins with a name, which keeps its spelling.
pub(crate) fn capital<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let named = names.into_iter().any(|name| text.starts_with(name));
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if !named => first.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// What an error means, without the words of the store that follow: those that are long are shown once, where there is room.
fn brief(error: &str) -> Option<&str> {
    /// Details shorter than this do no harm.
    const LONG: usize = 40;
    let side = ["baseline: ", "canary: "];
    let start = side.into_iter().find(|side| error.starts_with(side));
    let start = start.map_or(0, str::len);
    let end = start + error.get(start..)?.find(": ")?;
    (error.len() - end > LONG).then(|| &error[..end])
}

/// What the error of a metric whose samples could not be had means, in brief. Other errors are a judge's, whose words stand whole.
pub(crate) fn told<'m>(metric: &'m MetricResult, evidence: &MetricEvidence) -> Option<&'m str> {
    let failed = metric.outcome == Outcome::Error && evidence.failure.is_some();
    brief(&metric.reason).filter(|_| failed)
}

#[cfg(test)]
mod tests {
    use super::{brief, capital};

    #[test]
    fn an_error_is_cut_before_the_words_of_the_store() {
        let long = "POST http://127.0.0.1:9/api/v1/query_range failed: connection refused";
        for (error, expected) in [
            (
                format!("canary: the store is away: {long}"),
                Some("canary: the store is away"),
            ),
            (
                format!("the store is away: {long}"),
                Some("the store is away"),
            ),
            ("canary: the store is away".to_owned(), None),
            ("canary: bad query: no such label".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(brief(&error), expected, "{error}");
        }
    }

    #[test]
    fn names_keep_their_spelling() {
        assert_eq!(
            capital("nothing was decided", ["cpu"]),
            "Nothing was decided"
        );
        assert_eq!(capital("cpu is up", ["cpu"]), "cpu is up");
        assert_eq!(capital("", []), "");
    }
}
