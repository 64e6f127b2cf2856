//! Telling apart whose series are whose: a reply lists those of all targets without saying which is of which, so each target
//! of several puts its number in front of the names of its series.

/// A target whose series are named by its number and their own names. The function is Graphite's own:
/// <https://graphite.readthedocs.io/en/latest/functions.html#graphite.render.functions.aliasSub>.
pub(super) fn marked((number, target): (usize, &String)) -> String {
    format!("aliasSub({target},\"^\",\"{number}:\")")
}

/// The number and the name without it.
pub(super) fn unmarked(name: &str) -> Option<(usize, &str)> {
    let (number, name) = name.split_once(':')?;
    Some((number.parse().ok()?, name))
}
