//! Tables: what is read, what is refused, and that nothing outside the folder is reached.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::json;
use serinus_adapters::file::{TableError, read_table};
use serinus_adapters::{Answer, MetricSource, QueryError, Sample};

use crate::support::{at, connect, range, series, step};

fn source(folder: &Path) -> Box<dyn MetricSource> {
    connect(json!({"type": "file", "directory": folder, "limits": {"maxResponseBytes": 10_000}}))
}

async fn ask(folder: &Path, text: &str) -> Result<Answer, QueryError> {
    source(folder).query(&range(text, 60, 180, 30)).await
}

#[tokio::test]
async fn csv_and_json_give_the_same_series() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let files = [
        (
            "a.csv",
            "time,errors,of\n2024-03-01T00:00:00Z,9,1\n2024-03-01T01:01:00+01:00,1,\n1709251320,NaN,2\n1709251380000,3.5,3\n1709251440,7,\n",
        ),
        (
            "spaced.csv",
            "\u{feff}time, errors \r\n1709251380, 3.5\r\n1709251440.0, 7\r\n1709251260,1\r\n1709251200,9\r\n",
        ),
        (
            "grid.json",
            r#"{"start": "2024-03-01T00:00:00Z", "step": "1m", "series": {"errors": [9, 1, null, 3.5, 7]}}"#,
        ),
        (
            "pairs.json",
            r#"{"series": {"errors": [[1709251440, 7], ["2024-03-01T00:01:00Z", 1], [1709251320, null], [1709251380000, 3.5], [1709251200, 9]]}}"#,
        ),
    ];
    fs::create_dir(path.join("sub")).unwrap();
    for (name, content) in files {
        fs::write(path.join("sub").join(name), content).unwrap();
        let answer = ask(path, &format!("sub/{name}#errors")).await.unwrap();
        // The samples at 0 s and 240 s lie outside the window; the one at 120 s is missing.
        assert_eq!(
            answer.series,
            [series(&[], [(60, 1.0), (180, 3.5)])],
            "{name}"
        );
        assert_eq!(answer.step, step(60), "{name}");
    }
    source(path).check().await.unwrap();
}

#[tokio::test]
async fn no_sample_in_the_window_is_an_empty_answer() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "time,errors\n0,1\n").unwrap();
    let answer = ask(folder.path(), "a.csv#errors").await.unwrap();
    assert_eq!(answer.series, []);
    assert_eq!(answer.step, step(30));
}

#[tokio::test]
async fn queries_stay_inside_the_folder() {
    let outside = tempfile::tempdir().unwrap();
    let table = "time,v\n1709251260,1\n";
    fs::write(outside.path().join("secret.csv"), table).unwrap();
    let folder = outside.path().join("tables");
    fs::create_dir_all(folder.join("sub")).unwrap();
    fs::write(folder.join("ok.csv"), table).unwrap();
    symlink(outside.path().join("secret.csv"), folder.join("link.csv")).unwrap();
    symlink(outside.path(), folder.join("up")).unwrap();
    symlink(folder.join("ok.csv"), folder.join("inner.csv")).unwrap();

    let absolute = outside.path().join("secret.csv");
    for name in [
        "../secret.csv",
        "sub/../../secret.csv",
        "sub/../ok.csv",
        "./ok.csv",
        absolute.to_str().unwrap(),
        "link.csv",
        "up/secret.csv",
        "",
    ] {
        let error = ask(&folder, &format!("{name}#v")).await.unwrap_err();
        assert!(
            matches!(error, QueryError::InvalidQuery { .. }),
            "{name}: {error:?}"
        );
    }
    for name in ["ok.csv", "inner.csv"] {
        assert_eq!(
            ask(&folder, &format!("{name}#v"))
                .await
                .unwrap()
                .series
                .len(),
            1
        );
    }
}

#[tokio::test]
async fn errors_of_queries_are_sorted_by_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("a.csv"), "time,errors,of\n0,1,2\n").unwrap();
    fs::write(path.join("bad.csv"), "time,errors\n0,many\n").unwrap();
    fs::write(path.join("a.txt"), "").unwrap();
    fs::write(path.join("big.csv"), "x".repeat(10_001)).unwrap();
    let cases = [
        ("a.csv", "invalid-query", "not of the form"),
        ("b.csv#errors", "invalid-query", "no table b.csv"),
        ("a.csv#latency", "invalid-query", "errors, of"),
        (
            "a.txt#errors",
            "invalid-query",
            "neither a .csv nor a .json",
        ),
        (
            "bad.csv#errors",
            "malformed",
            "bad.csv, line 2, column `errors`: \"many\" is no number",
        ),
        ("big.csv#errors", "too-much-data", "10001 bytes"),
    ];
    for (text, code, part) in cases {
        let error = ask(path, text).await.unwrap_err();
        assert_eq!(error.code(), code, "{text}");
        assert!(error.to_string().contains(part), "{error}");
    }
    let gone = source(&path.join("gone"));
    for error in [
        gone.check().await.unwrap_err(),
        gone.query(&range("a.csv#errors", 0, 60, 60))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), "unavailable");
    }
}

#[test]
fn wrong_tables_are_refused_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("a.csv", "", "line 1: the first column is `time`"),
        (
            "a.csv",
            "errors,time\n",
            "line 1: the first column is `time`",
        ),
        ("a.csv", "time\n1\n", "line 1: no column besides"),
        ("a.csv", "time,a,a\n", "line 1: two columns `a`"),
        ("a.csv", "time,a,\n", "line 1: column 3 has no name"),
        (
            "a.csv",
            "time,a\n1,2,3\n",
            "line 2: 3 cells where the header has 2",
        ),
        (
            "a.csv",
            "time,a\n1,2\nsoon,2\n",
            "line 3, column `time`: \"soon\"",
        ),
        (
            "a.csv",
            "time,a\n1,2\n1,3\n",
            "column `a`: two samples at 1970-01-01T00:00:01Z",
        ),
        ("a.json", "{\n \"series\": [", "line 2, column"),
        (
            "a.json",
            r#"{"series": {}, "stpe": 1}"#,
            "unknown field `stpe`",
        ),
        (
            "a.json",
            r#"{"series": {"a": [1]}}"#,
            "series.a[0]: a value without time",
        ),
        (
            "a.json",
            r#"{"start": 0, "series": {}}"#,
            "start: without `step`",
        ),
        (
            "a.json",
            r#"{"start": 0, "step": "0s", "series": {}}"#,
            "step: a step is",
        ),
        (
            "a.json",
            r#"{"start": 0, "step": "1s", "series": {"a": [1, [2, 3]]}}"#,
            "series.a[1]: a value with its own time",
        ),
        (
            "a.json",
            r#"{"series": {"a": [[1, 1], ["x", 2]]}}"#,
            "series.a[1]: no time",
        ),
        (
            "a.json",
            r#"{"series": {"a": [[1, 1], [1, 2]]}}"#,
            "series.a: two samples",
        ),
    ];
    for (name, content, part) in cases {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let text = read_table(&path).unwrap_err().to_string();
        assert!(text.contains(part), "{content:?}: {text}");
        assert!(text.starts_with(path.to_str().unwrap()), "{text}");
    }
    fs::write(folder.path().join("a.csv"), b"time,a\n1,\xff\n").unwrap();
    let error = read_table(&folder.path().join("a.csv")).unwrap_err();
    assert!(error.to_string().contains("line 2: not UTF-8"), "{error}");
    let missing = read_table(&folder.path().join("none.csv")).unwrap_err();
    assert!(matches!(missing, TableError::Io { .. }));
}

#[test]
fn the_reader_keeps_infinities_and_sorts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "time,a\n1709251260,-inf\n1709251200,+Inf\n").unwrap();
    let table = read_table(&path).unwrap();
    let expected = [(0, f64::INFINITY), (60, f64::NEG_INFINITY)];
    let expected = expected.map(|(t, value)| Sample { at: at(t), value });
    assert_eq!(table.columns["a"], expected);
}
