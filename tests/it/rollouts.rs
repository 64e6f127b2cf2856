//! `serinus demo --interactive` and `--auto`, over pipes.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use crate::support::SERINUS;

/// What the program prints when it reads these lines.
fn demo(arguments: &[&str], lines: &str) -> String {
    let mut child = Command::new(SERINUS)
        .arg("demo")
        .args(["--listen", "127.0.0.1:0"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaints, "");
    String::from_utf8(output.stdout).unwrap()
}

/// How often each decision was made, for good, bad and unknowable releases.
fn confusion(text: &str) -> [[u32; 3]; 3] {
    let table = text.split("it was ").last().unwrap();
    ["good", "bad", "unknowable"].map(|truth| {
        let row = table.lines().find(|line| line.starts_with(truth)).unwrap();
        let cells: Vec<u32> = row
            .split_whitespace()
            .skip(1)
            .map(|cell| cell.parse().unwrap())
            .collect();
        cells.try_into().unwrap()
    })
}

#[test]
fn a_person_decides_line_by_line() {
    let text = demo(
        &["--interactive"],
        "wait 5\nw 20\njump\nr\n\nquit\nnever read\n",
    );
    assert!(
        text.contains("09:05, 5 minutes after the deployment"),
        "{text}"
    );
    assert!(text.contains("warming up"), "{text}");
    assert!(
        text.contains("09:25, 25 minutes after the deployment"),
        "{text}"
    );
    assert_eq!(
        text.matches("judge serinus").count(),
        1,
        "one scorecard: {text}"
    );
    assert!(text.contains("\"jump\" is not a command"), "{text}");
    assert!(
        text.contains("Rolled back after 25 minutes. It was "),
        "{text}"
    );
    assert!(text.contains("=== Release 2"), "{text}");
    let decided: u32 = confusion(&text).iter().flatten().sum();
    assert_eq!(decided, 1, "{text}");
    assert!(!text.contains('\u{1b}'), "a pipe gets no colours");
}

#[test]
fn the_end_of_the_input_ends_the_game() {
    let text = demo(&["--interactive", "--seed", "5"], "");
    assert!(text.contains("=== Release 1"), "{text}");
    assert!(!text.contains("it was "), "nothing was decided: {text}");
}

#[test]
fn verdicts_decide_rightly_about_most_releases() {
    let text = demo(&["--auto", "40", "--seed", "3"], "");
    let [good, bad, unknowable] = confusion(&text);
    let all: u32 = [good, bad, unknowable].iter().flatten().sum();
    assert_eq!(all, 40, "{text}");
    let [promoted_good, rolled_back_good, _] = good;
    let [promoted_bad, rolled_back_bad, _] = bad;
    assert!(promoted_good > 10 && rolled_back_good <= 2, "{text}");
    assert!(rolled_back_bad > 10 && promoted_bad == 0, "{text}");
    assert_eq!(unknowable[0], 0, "{text}");
    assert_eq!(
        text,
        demo(&["--auto", "40", "--seed", "3"], ""),
        "the same seed, the same releases"
    );
}
