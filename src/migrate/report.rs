//! What was found, for people.

use std::fmt::Write as _;

use super::{Compared, Migration, Told};

/// A table for terminals.
pub fn text(found: &Migration) -> String {
    let mut out = String::new();
    let rows: Vec<[String; 6]> = found.runs.iter().map(row).collect();
    let head = HEAD.map(str::to_owned);
    let widths: [usize; 6] = std::array::from_fn(|column| {
        let cells = rows
            .iter()
            .chain([&head])
            .map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    });
    if !rows.is_empty() {
        for row in [&head].into_iter().chain(&rows) {
            let cells = row.iter().zip(widths);
            let cells = cells.map(|(cell, width)| format!("{cell:width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            write_line(&mut out, line.trim_end());
        }
        write_line(&mut out, "");
    }
    for run in found.runs.iter().filter(|run| is_worth_a_word(run)) {
        write_line(
            &mut out,
            &format!("{} {} {}", run.application, run.config, run.run),
        );
        for line in why(run) {
            write_line(&mut out, &format!("  {line}"));
        }
    }
    for carried in found
        .configs
        .iter()
        .filter(|config| !config.warnings.is_empty())
    {
        write_line(&mut out, &format!("config {}", carried.name));
        for warning in &carried.warnings {
            write_line(&mut out, &format!("  {warning}"));
        }
    }
    for unreadable in &found.unreadable {
        write_line(
            &mut out,
            &format!("not read: {}: {}", unreadable.what, unreadable.why),
        );
    }
    write_line(&mut out, &summary(found));
    out
}

/// The same for pull requests and chats.
pub fn markdown(found: &Migration) -> String {
    let mut out = format!("{}\n\n", summary(found));
    if !found.runs.is_empty() {
        write_line(&mut out, &format!("| {} |", HEAD.join(" | ")));
        write_line(&mut out, "|---|---|---|---|---|---|");
        for run in &found.runs {
            let cells = row(run).map(|cell| escaped(&cell));
            write_line(&mut out, &format!("| {} |", cells.join(" | ")));
        }
        write_line(&mut out, "");
    }
    for run in found.runs.iter().filter(|run| is_worth_a_word(run)) {
        write_line(&mut out, &format!("**{}**\n", escaped(&run.run)));
        for line in why(run) {
            write_line(&mut out, &format!("- {}", escaped(&line)));
        }
        write_line(&mut out, "");
    }
    for unreadable in &found.unreadable {
        let (what, why) = (escaped(&unreadable.what), escaped(&unreadable.why));
        write_line(&mut out, &format!("- not read: {what}: {why}"));
    }
    out
}

const HEAD: [&str; 6] = [
    "application",
    "config",
    "run",
    "kayenta",
    "netflix-aca",
    "serinus",
];

fn row(run: &Compared) -> [String; 6] {
    let told = |told: &Told| format!("{} {}", told.verdict, told.score);
    let mark = |differs: bool, text: String| if differs { text + " *" } else { text };
    [
        run.application.clone(),
        run.config.clone(),
        run.run.clone(),
        told(&run.kayenta),
        mark(!run.is_confirmed(), told(&run.netflix_aca)),
        mark(run.would_change(), told(&run.serinus)),
    ]
}

fn is_worth_a_word(run: &Compared) -> bool {
    !run.is_confirmed() || run.would_change()
}

/// Why a run would have ended otherwise.
fn why(run: &Compared) -> Vec<String> {
    let mut lines = Vec::new();
    for (judge, told, differs) in [
        ("netflix-aca", &run.netflix_aca, !run.is_confirmed()),
        ("serinus", &run.serinus, run.would_change()),
    ] {
        if !differs {
            continue;
        }
        lines.push(format!("{judge}: {}: {}", told.verdict, told.reason));
        lines.extend(told.differences.iter().map(|difference| {
            let before = difference.kayenta.as_deref().unwrap_or("nothing");
            let (metric, here) = (&difference.metric, &difference.here);
            format!(
                "{judge}: {metric}: {before} -> {here}: {}",
                difference.reason
            )
        }));
    }
    lines
}

fn summary(found: &Migration) -> String {
    let confirmed = found.runs.iter().filter(|run| run.is_confirmed()).count();
    let changed = found.runs.iter().filter(|run| run.would_change()).count();
    format!(
        "{} configs read, {} runs judged again: netflix-aca confirms {confirmed}, serinus would have ended {changed} otherwise; \
         {} had no result, {} could not be read",
        found.configs.len(),
        found.runs.len(),
        found.without_result,
        found.unreadable.len(),
    )
}

fn write_line(out: &mut String, line: &str) {
    // Writing to a string does not fail.
    let _written = writeln!(out, "{line}");
}

/// Text that is no markup, whatever it says.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' => {
                escaped.push('\\');
                escaped.push(character);
            }
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
