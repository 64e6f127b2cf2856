//! Which questions go to a store in one request.

use std::{collections::HashMap, time::Instant};

use jiff::Timestamp;

use super::questions::Question;
use crate::analysis::{Account, Accounts};

/// Some stores take queries in the request's address, of which proxies let 8 KiB pass; the text is longer there.
const MAX_TEXT: usize = 4_000;

/// What one request asks: questions to one account about one window on one step. Never empty.
#[derive(Debug)]
pub(super) struct Bundle<'a> {
    pub(super) questions: Vec<Question<'a>>,
    /// When its questions came up.
    pub(super) since: Instant,
}

impl<'a> Bundle<'a> {
    /// A question for a request of its own.
    pub(super) fn alone(question: Question<'a>, since: Instant) -> Self {
        let questions = vec![question];
        Self { questions, since }
    }

    fn takes(&self, question: &Question<'_>, at_most: usize) -> bool {
        let texts = self.questions.iter().map(|question| question.text.len());
        self.questions.len() < at_most && texts.sum::<usize>() + question.text.len() <= MAX_TEXT
    }
}

/// The requests for questions, in their order, so that both sides of a metric go together.
pub(super) fn bundles<'a>(questions: Vec<Question<'a>>, accounts: &Accounts) -> Vec<Bundle<'a>> {
    let since = Instant::now();
    let mut bundles: Vec<Bundle<'a>> = Vec::new();
    // The last bundle for each account and window.
    let mut open = HashMap::new();
    for question in questions {
        let at_most = together(&question, accounts);
        let same = (question.account, question.grid);
        let last = open.get(&same).and_then(|at: &usize| bundles.get_mut(*at));
        match last {
            Some(last) if last.takes(&question, at_most) => last.questions.push(question),
            Some(_) | None => {
                if at_most > 1 {
                    open.insert(same, bundles.len());
                }
                bundles.push(Bundle::alone(question, since));
            }
        }
    }
    bundles
}

/// How many questions may be in the request that asks this one. A question with a kept answer is in none.
fn together(question: &Question<'_>, accounts: &Accounts) -> usize {
    let account = accounts.get(question.account);
    let at_most = account.map_or(1, Account::questions_per_request);
    if at_most > 1
        && let Some(kept) = accounts.kept()
        && let Ok(range) = question.range()
        && kept
            .get(question.account, &range, Timestamp::now())
            .is_some()
    {
        return 1;
    }
    at_most
}
