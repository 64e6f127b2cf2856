//! Sentences with names in them that callers chose.

/// The longest sentence that stands in a list; a metric's own page has it in full.
const IN_A_LIST: usize = 300;

/// A sentence without what would turn its direction: a name in it could make its numbers read backwards.
pub(crate) fn inert(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// The same, cut where it is too long for a list.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(IN_A_LIST) {
        Some((end, _)) => inert(&text[..end]) + " …",
        None => inert(text),
    }
}
