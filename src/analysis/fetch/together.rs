//! Several questions to one store in one request.

use std::{iter, time::Instant};

use serinus_adapters::{Batch, QueryError, RangeQuery};
use tracing::{Instrument, field::Empty};

use super::ask::{Origin, Reply, Terms, out_of_time, record, settle, try_again};
use super::questions::Question;
use crate::analysis::Account;

/// A question and how it ended; without a reply it is to be asked alone.
pub(super) type Ended<'a> = (Question<'a>, Option<Reply>);

/// Asks questions about one window in one request.
///
/// What the reply leaves open is to be asked alone. So is all of it if the request fails in a way that one of the questions
/// may be the reason for, which is every way but two: credentials and the rate of requests are the same for all.
pub(super) async fn ask_together<'a>(
    questions: Vec<Question<'a>>,
    since: Instant,
    terms: Terms<'_>,
) -> Vec<Ended<'a>> {
    let asked = questions.first().and_then(|first| {
        let account = terms.accounts.get(first.account)?;
        let range = first.range().ok()?;
        Some((account, first.account, range))
    });
    let Some((account, name, range)) = asked else {
        return questions
            .into_iter()
            .map(|question| (question, None))
            .collect();
    };
    let batch = Batch {
        texts: questions.iter().map(|it| it.text.to_owned()).collect(),
        window: range.window,
        step: range.step,
    };
    let span = tracing::info_span!(
        "fetch_together",
        account = name,
        store = account.kind(),
        questions = questions.len(),
        left_open = Empty,
        attempts = Empty,
        outcome = Empty,
        elapsed_ms = Empty,
        otel.kind = "client",
        otel.status_code = Empty,
    );
    let replies = asked_together(&questions, since, batch, account, terms)
        .instrument(span)
        .await;
    questions.into_iter().zip(replies).collect()
}

async fn asked_together(
    questions: &[Question<'_>],
    since: Instant,
    batch: Batch,
    account: &Account,
    terms: Terms<'_>,
) -> Vec<Option<Reply>> {
    let mut attempts = 0;
    let trying = try_again(
        || account.query_together(&batch),
        // In smaller requests it would only be more of them.
        |error| matches!(error, QueryError::RateLimited { .. }),
        terms.limits.attempts,
        &mut attempts,
    );
    let answers = tokio::time::timeout_at(terms.deadline, trying).await;
    let elapsed = since.elapsed();
    let failed = |error| vec![Some(Reply::of(Err(error), elapsed)); questions.len()];
    let (outcome, replies) = match answers {
        Err(_) => {
            account.gave_no_answer();
            let error = out_of_time(terms.limits.deadline);
            (error.kind.as_str(), failed(error))
        }
        Ok(Err(error @ (QueryError::Unauthorized { .. } | QueryError::RateLimited { .. }))) => {
            tracing::warn!(%error, "not fetched");
            (error.code(), failed(error.into()))
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, "each is asked alone");
            (error.code(), vec![None; questions.len()])
        }
        Ok(Ok(answers)) => {
            let settled = |((question, range), answer): ((&Question<'_>, RangeQuery), _)| {
                let answer = settle(question, &range, account, terms.accounts, answer?);
                tracing::debug!(
                    metric = question.metric,
                    side = %question.side,
                    series = answer.series.len(),
                    "fetched"
                );
                Some(Reply::of(Ok((answer, Origin::Store)), elapsed))
            };
            let asked = questions.iter().zip(batch.queries());
            // Fewer answers than questions leave the rest open.
            let answers = answers.into_iter().chain(iter::repeat(None));
            ("ok", asked.zip(answers).map(settled).collect())
        }
    };
    record(attempts, outcome, elapsed);
    let left_open = replies.iter().filter(|reply| reply.is_none()).count();
    tracing::Span::current().record("left_open", left_open);
    replies
}
