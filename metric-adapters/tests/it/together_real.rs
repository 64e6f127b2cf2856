//! Several questions in one request, asked of real servers: each answer is the one its question has alone.

use serinus_adapters::{Answer, Batch, MetricSource, RangeQuery};

use crate::support::range;
use crate::{graphite_real, influxdb_real};

/// Asks the questions in one request, and each alone.
async fn ask(
    source: &dyn MetricSource,
    texts: &[&str],
    (from, to, step): (i64, i64, i64),
) -> (Vec<Option<Answer>>, Vec<Option<Answer>>) {
    let RangeQuery { window, step, .. } = range("", from, to, step);
    let batch = Batch {
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        window,
        step,
    };
    let together = source.query_together(&batch).await.unwrap();
    let mut alone = Vec::new();
    for query in batch.queries() {
        alone.push(source.query(&query).await.ok());
    }
    (together, alone)
}

const WHERE: &str = "WHERE $timeFilter";

#[tokio::test]
async fn influxdb_answers_each_statement() {
    let source = influxdb_real::reader();
    let by_pod = format!("SELECT mean(value) FROM latency {WHERE} GROUP BY time($interval), pod");
    let commented =
        format!("SELECT count(value) FROM latency {WHERE} GROUP BY time($interval) -- of all");
    let empty = format!("SELECT mean(value) FROM absent {WHERE} GROUP BY time($interval)");
    let single = format!("SELECT value, errors FROM latency {WHERE} AND pod = 'a'");
    let texts = [by_pod.as_str(), &commented, &empty, &single];
    for window in [(60, 600, 60), (75, 315, 60)] {
        let (together, alone) = ask(&*source, &texts, window).await;
        assert_eq!(together, alone);
        assert_eq!(together[0].as_ref().unwrap().series.len(), 2);
        assert_eq!(together[2].as_ref().unwrap().series, []);
    }
}

/// The server carries out nothing after a statement with an error, and cuts all of them off at one limit of rows.
#[tokio::test]
async fn influxdb_leaves_open_what_it_did_not_carry_out() {
    let source = influxdb_real::reader();
    let good = format!("SELECT mean(value) FROM latency {WHERE} GROUP BY time($interval), pod");
    let text = format!("SELECT mean(note) FROM latency {WHERE} GROUP BY time($interval)");
    let window = (60, 600, 60);
    let (from, to, step) = window;
    let RangeQuery {
        window: span, step, ..
    } = range("", from, to, step);
    let texts = vec![good.clone(), text, good.clone()];
    let batch = Batch {
        texts,
        window: span,
        step,
    };
    let error = source.query_together(&batch).await.unwrap_err();
    assert_eq!(error.code(), "invalid-query", "{error}");
    // Values that are no numbers.
    let text = format!("SELECT note FROM latency {WHERE}");
    let (together, alone) = ask(&*source, &[&good, &text, &good], window).await;
    assert_eq!(together, [alone[0].clone(), None, alone[2].clone()]);
    assert!(alone[0].is_some());

    let dense = format!("SELECT value FROM dense {WHERE}");
    let RangeQuery { window, step, .. } = range("", 0, 300, 1);
    let texts = vec![dense.clone(), dense];
    let batch = Batch {
        texts,
        window,
        step,
    };
    let alone = source.query(&batch.queries().next().unwrap()).await;
    assert_eq!(alone.unwrap().series[0].samples.len(), 301);
    match source.query_together(&batch).await {
        Err(error) => assert!(!error.is_retryable(), "{error}"),
        Ok(answers) => assert!(answers.iter().any(Option::is_none), "{answers:?}"),
    }
}

/// Whatever stands in a text, it cannot take another's answer.
#[tokio::test]
async fn influxdb_is_not_misled_by_a_text() {
    let source = influxdb_real::reader();
    let good = format!("SELECT mean(value) FROM latency {WHERE} GROUP BY time($interval), pod");
    let RangeQuery { window, step, .. } = range("", 60, 600, 60);
    for (first, second) in [
        // A comment that swallows the second.
        (
            format!("{good} /*"),
            format!("SELECT count(value) FROM latency {WHERE} AND pod = '*/'"),
        ),
        (format!("{good} /*"), format!("{good} -- */")),
        // Strings that do not end.
        (format!("{good} 'x"), format!("{good} x'")),
        (format!("{good} \"x"), format!("{good} x\"")),
        (format!("{good} AND pod =~ /"), format!("{good} /")),
        // Not parsed at all.
        (
            good.clone(),
            format!("SELECT mean(value FROM latency {WHERE}"),
        ),
    ] {
        let texts = vec![first, second, good.clone()];
        let batch = Batch {
            texts,
            window,
            step,
        };
        let error = source.query_together(&batch).await.unwrap_err();
        assert_eq!(error.code(), "invalid-query", "{batch:?}: {error}");
    }
}

#[tokio::test]
async fn graphite_answers_each_target() {
    let source = graphite_real::source();
    let summary = "summarize(shop.a.load, \"60s\", \"sum\", true)";
    let texts = [
        "shop.*.load",
        summary,
        "shop.b.load|scale(2)",
        "aliasByNode(sumSeries(shop.{a,b}.load), 1)",
    ];
    for window in [(660, 960, 10), (660, 960, 60)] {
        let (together, alone) = ask(&*source, &texts, window).await;
        assert_eq!(together, alone);
        assert!(together.iter().all(Option::is_some));
        assert_eq!(together[0].as_ref().unwrap().series.len(), 2);
    }
}

/// What has no data and what cannot be parsed look alike, and are asked alone.
#[tokio::test]
async fn graphite_leaves_open_what_it_does_not_name() {
    let source = graphite_real::source();
    let texts = ["shop.a.load", "shop.z.load", "shop.b.load"];
    let (together, alone) = ask(&*source, &texts, (60, 600, 10)).await;
    assert_eq!(together, [alone[0].clone(), None, alone[2].clone()]);
    assert!(alone[0].is_some() && alone[1].is_some());

    let RangeQuery { window, step, .. } = range("", 60, 600, 10);
    for wrong in [
        "shop.a.load)",
        "sum(shop.a.load",
        "nosuchFunction(shop.a.load)",
        "shop.a.load,shop.b.load",
    ] {
        let texts = vec!["shop.a.load".to_owned(), wrong.to_owned()];
        let batch = Batch {
            texts,
            window,
            step,
        };
        match source.query_together(&batch).await {
            // It says of some that they are wrong, and of others that it is out of order itself.
            Err(error) => assert!(
                matches!(error.code(), "invalid-query" | "unavailable"),
                "{wrong}: {error}"
            ),
            Ok(answers) => assert_eq!(answers, [alone[0].clone(), None], "{wrong}"),
        }
    }
}
