//! One attempt to deliver a message.

use std::{error::Error, time::Duration};

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{Response, StatusCode, header};

use url::Url;

use super::{
    message::Message,
    notice::Notice,
    receivers::{Callbacks, Form},
    sign::{self, Key},
};
use crate::analysis::{MessageFormat, Target};

/// What came of an attempt, by what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The receiver has taken the message.
    Taken(StatusCode),
    /// The receiver wants no more of it.
    Gone,
    /// The receiver did not take it now.
    Refused {
        /// Its answer.
        status: StatusCode,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// There was no answer, for this reason.
    Failed(String),
}

impl Callbacks {
    /// Sends a message once. Of a webhook's answer nothing but its head is read.
    pub(super) async fn send(&self, to: &Target, notice: &Notice) -> Answer {
        let endpoint = match self.endpoint(to) {
            Ok(endpoint) => endpoint,
            Err(reason) => return Answer::Failed(reason),
        };
        let url = endpoint.url.url();
        match endpoint.form {
            Form::Webhook { format, keys } => self.post(url, format, &keys, notice).await,
            Form::GrafanaAnnotation { token, tags } => {
                self.annotate(url, &token, &tags, notice).await
            }
        }
    }

    async fn post(
        &self,
        url: &Url,
        format: MessageFormat,
        keys: &[Key],
        notice: &Notice,
    ) -> Answer {
        let message = match Message::new(notice, format) {
            Ok(message) => message,
            Err(error) => return Answer::Failed(error.to_string()),
        };
        let now = Timestamp::now();
        let signed = sign::headers(keys, notice.id, now, &message.body);
        let mut request = self.client.post(url.clone());
        for (name, value) in message.headers.into_iter().chain(signed) {
            request = request.header(name, value);
        }
        match request.body(message.body).send().await {
            Ok(response) => answer(&response),
            Err(error) => self.unanswered(error),
        }
    }

    /// What a request that failed means.
    pub(super) fn unanswered(&self, error: reqwest::Error) -> Answer {
        Answer::Failed(if error.is_timeout() {
            format!("no answer within {} s", self.timing.timeout.as_secs_f64())
        } else {
            without_address(error)
        })
    }
}

/// What a response means.
pub(super) fn answer(response: &Response) -> Answer {
    match response.status() {
        status if status.is_success() => Answer::Taken(status),
        StatusCode::GONE => Answer::Gone,
        status => Answer::Refused {
            status,
            retry_after: response
                .headers()
                .get(header::RETRY_AFTER)
                .and_then(|value| retry_after(value.to_str().ok()?, Timestamp::now())),
        },
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3); a date in the past means at once.
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(now.duration_until(date)).unwrap_or(Duration::ZERO))
}

/// An error with its causes. The library's own text would repeat the address, which may hold a token.
pub(super) fn without_address(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait_is_told_in_seconds_or_as_a_date() {
        let now: Timestamp = "2026-01-14T09:00:00Z".parse().unwrap();
        for (text, seconds) in [
            ("7", Some(7)),
            ("Wed, 14 Jan 2026 09:01:00 GMT", Some(60)),
            ("Wed, 14 Jan 2026 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-7", None),
        ] {
            assert_eq!(
                retry_after(text, now),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
    }
}
