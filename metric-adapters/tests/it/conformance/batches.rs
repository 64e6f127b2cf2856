//! What every store with such requests makes of several questions in one.

use serde_json::json;
use serinus_adapters::{Answer, Batch, QueryError, Sample, Series};
use wiremock::{MockServer, ResponseTemplate};

use super::stand_in::{Wire, by_hand, reply, serve};
use super::store::{Missing, Nothing, Part};
use super::{Spelled, Store, Together};
use crate::support::at;

/// One series per pod over ten minutes, of values that tell whose they are.
fn of_question(store: &Store, number: usize, pods: &[&str]) -> Part {
    let series = pods.iter().map(|pod| Series {
        labels: (store.labels)(pod),
        samples: (0..=10)
            .map(|index| Sample {
                at: at(index * 60),
                value: (number * 100) as f64 + index as f64 + 0.5,
            })
            .collect(),
    });
    (number, series.collect())
}

/// Parts for all three questions; the first and the last have a pod in common.
fn parts(store: &Store) -> Vec<Part> {
    vec![
        of_question(store, 0, &["a", "b"]),
        of_question(store, 1, &["c"]),
        of_question(store, 2, &["a"]),
    ]
}

fn spelled(together: &Together, parts: &[Part]) -> Spelled {
    let query = together.batch(0, 600).queries().next().unwrap();
    (together.spell)(parts, &query)
}

/// Asks all questions of a server with one reply to everything; also what it was sent.
async fn ask(
    store: &Store,
    batch: &Batch,
    reply: ResponseTemplate,
) -> (Result<Vec<Option<Answer>>, QueryError>, MockServer) {
    let (server, source) = serve(store, reply).await;
    assert!(source.questions_per_request().get() >= 3);
    (source.query_together(batch).await, server)
}

async fn ask_for(
    store: &Store,
    together: &Together,
    parts: &[Part],
) -> Result<Vec<Option<Answer>>, QueryError> {
    let reply = reply(200, &spelled(together, parts));
    ask(store, &together.batch(0, 600), reply).await.0
}

/// The series of each answer.
fn series(answers: Vec<Option<Answer>>) -> Vec<Option<Vec<Series>>> {
    let answers = answers.into_iter();
    answers.map(|answer| Some(answer?.series)).collect()
}

pub(super) async fn each_question_has_its_own_answer(store: &Store, together: &Together) {
    for (from, to) in [(0, 600), (7, 607)] {
        let batch = together.batch(from, to);
        let parts: Vec<_> = parts(store)
            .into_iter()
            .map(|(number, mut all)| {
                for series in &mut all {
                    let moved = |sample: &mut Sample| {
                        sample.at += jiff::SignedDuration::from_secs(from);
                    };
                    series.samples.iter_mut().for_each(moved);
                }
                (number, all)
            })
            .collect();
        let query = batch.queries().next().unwrap();
        let body = (together.spell)(&parts, &query);
        let (answers, server) = ask(store, &batch, reply(200, &body)).await;
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.len(), 1);
        (together.request)(&requests[0], &batch);

        // The same as each of them has alone.
        for ((_, series), (text, answer)) in parts
            .iter()
            .zip(together.texts.iter().zip(answers.unwrap()))
        {
            let answer = answer.expect(text);
            assert_eq!(&answer.series, series, "{text}");
            let (_alone, source) = serve(store, reply(200, &(store.spell)(series, &query))).await;
            assert_eq!(answer, source.query(&query).await.unwrap(), "{text}");
        }
    }
}

pub(super) async fn the_order_of_the_reply_does_not_matter(store: &Store, together: &Together) {
    let mut reversed = parts(store);
    reversed.reverse();
    let answers = ask_for(store, together, &reversed).await.unwrap();
    let expected = parts(store).into_iter().map(|(_, series)| Some(series));
    assert_eq!(series(answers), expected.collect::<Vec<_>>());
}

pub(super) async fn no_data_is_told_or_left_open(store: &Store, together: &Together) {
    for empty in 0..3 {
        let mut parts = parts(store);
        parts[empty].1.clear();
        let answers = ask_for(store, together, &parts).await.unwrap();
        let mut expected: Vec<_> = parts.into_iter().map(|(_, series)| Some(series)).collect();
        if together.nothing == Nothing::Open {
            expected[empty] = None;
        }
        assert_eq!(series(answers), expected, "{empty}");
    }
}

pub(super) async fn what_is_missing_is_never_an_answer(store: &Store, together: &Together) {
    for missing in 0..3 {
        let mut parts = parts(store);
        parts.remove(missing);
        match (together.missing, ask_for(store, together, &parts).await) {
            (Missing::Refused, Err(error)) => assert!(!error.is_retryable(), "{error}"),
            (Missing::Nothing, Ok(answers)) => {
                let answers = series(answers);
                let nothing = (together.nothing == Nothing::NoData).then(Vec::new);
                assert_eq!(answers[missing], nothing);
                for (number, series) in parts {
                    assert_eq!(answers[number], Some(series));
                }
            }
            (Missing::Refused | Missing::Nothing, other) => panic!("{missing}: {other:?}"),
        }
    }
}

/// Of a question that was not asked, and twice of the same.
pub(super) async fn a_reply_to_other_questions_is_refused(store: &Store, together: &Together) {
    for number in [3, 1_000_000, 1] {
        let mut parts = parts(store);
        parts[2].0 = number;
        match ask_for(store, together, &parts).await {
            Err(error) => assert!(!error.is_retryable(), "{error}"),
            // The pods of both make one answer, as in a reply in several pieces; the question that has none is not answered with it.
            Ok(answers) => {
                assert_eq!(number, 1);
                let answers = series(answers);
                assert!(answers[2].as_ref().is_none_or(Vec::is_empty));
            }
        }
    }
}

pub(super) async fn a_cut_reply_is_no_answer(store: &Store, together: &Together) {
    let spelled = spelled(together, &parts(store));
    for length in (0..spelled.body.trim_end().len()).step_by(17) {
        let cut = Spelled {
            media: spelled.media,
            body: spelled.body[..length].to_owned(),
        };
        let batch = together.batch(0, 600);
        let error = ask(store, &batch, reply(200, &cut)).await.0.unwrap_err();
        assert_eq!(error.code(), "malformed", "{}: {error}", cut.body);
    }
}

pub(super) async fn errors_are_those_of_one_question(store: &Store, together: &Together) {
    for (status, code) in [
        (400, "invalid-query"),
        (401, "unauthorized"),
        (404, "malformed"),
        (429, "rate-limited"),
        (503, "unavailable"),
        (504, "timeout"),
    ] {
        let reply = ResponseTemplate::new(status);
        let batch = together.batch(0, 600);
        let error = ask(store, &batch, reply).await.0.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
}

pub(super) async fn a_huge_reply_is_stopped(store: &Store, together: &Together) {
    let spelled = spelled(together, &parts(store));
    let length = spelled.body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {}\r\ncontent-length: {length}\r\n\r\n",
        spelled.media
    );
    for (limit, code) in [(length, None), (length - 1, Some("too-much-data"))] {
        let wire = Wire::Stall(format!("{head}{}", spelled.body));
        let (_tasks, source) = by_hand(store, wire, json!({"maxResponseBytes": limit})).await;
        let answers = source.query_together(&together.batch(0, 600)).await;
        assert_eq!(answers.err().map(|error| error.code()), code);
    }
}

/// A number that becomes another, digit by digit: whatever is answered is in order, and of its own question.
pub(super) async fn changed_replies_do_no_harm(store: &Store, together: &Together) {
    let spelled = spelled(together, &parts(store));
    let digits = spelled.body.bytes().enumerate();
    let digits: Vec<_> = digits.filter(|(_, byte)| byte.is_ascii_digit()).collect();
    for (place, _) in digits.iter().step_by(5) {
        let mut body = spelled.body.clone().into_bytes();
        body[*place] = if body[*place] == b'1' { b'0' } else { b'1' };
        let reply = ResponseTemplate::new(200).set_body_raw(body.clone(), spelled.media);
        let batch = together.batch(0, 600);
        let Ok(answers) = ask(store, &batch, reply).await.0 else {
            continue;
        };
        assert_eq!(answers.len(), 3);
        for series in answers
            .into_iter()
            .flatten()
            .flat_map(|answer| answer.series)
        {
            let inside = series.samples.iter().all(|it| batch.window.contains(it.at));
            let sorted = series.samples.is_sorted_by(|a, b| a.at < b.at);
            assert!(inside && sorted && !series.samples.is_empty());
        }
    }
}
