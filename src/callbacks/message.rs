//! The forms of messages.

use serde::Serialize;
use serde_json::json;

use super::{
    notice::{Notice, Payload},
    slack,
};
use crate::analysis::MessageFormat;

/// A message in its form.
#[derive(Debug)]
pub(super) struct Message {
    /// Its headers.
    pub(super) headers: Vec<(&'static str, String)>,
    /// Its body: JSON.
    pub(super) body: String,
}

/// The body of Standard Webhooks.
#[derive(Serialize)]
struct Standard<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: Payload<'a>,
}

/// A CloudEvent as one JSON document.
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: &'a str,
    #[serde(rename = "type")]
    kind: String,
    subject: &'a str,
    time: String,
    datacontenttype: &'static str,
    data: Payload<'a>,
}

const JSON: &str = "application/json";
const SPECVERSION: &str = "1.0";

impl Message {
    /// The notice in this form.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub(super) fn new(notice: &Notice, format: MessageFormat) -> Result<Self, serde_json::Error> {
        let content_type = |kind: &str| vec![("content-type", kind.to_owned())];
        let message = match format {
            MessageFormat::StandardWebhooks => Self {
                headers: content_type(JSON),
                body: serde_json::to_string(&Standard {
                    kind: notice.kind,
                    timestamp: notice.at.to_string(),
                    data: notice.payload(),
                })?,
            },
            MessageFormat::Cloudevents => Self {
                headers: content_type("application/cloudevents+json"),
                body: serde_json::to_string(&CloudEvent {
                    specversion: SPECVERSION,
                    id: notice.id.to_string(),
                    source: &notice.source,
                    kind: cloud_event_type(notice),
                    subject: &notice.subject,
                    time: notice.at.to_string(),
                    datacontenttype: JSON,
                    data: notice.payload(),
                })?,
            },
            MessageFormat::CloudeventsBinary => {
                let mut headers = content_type(JSON);
                headers.extend([
                    ("ce-specversion", SPECVERSION.to_owned()),
                    ("ce-id", notice.id.to_string()),
                    ("ce-source", notice.source.clone()),
                    ("ce-type", cloud_event_type(notice)),
                    ("ce-subject", notice.subject.clone()),
                    ("ce-time", notice.at.to_string()),
                ]);
                let body = serde_json::to_string(&notice.payload())?;
                Self { headers, body }
            }
            MessageFormat::Slack => Self {
                headers: content_type(JSON),
                body: json!({"text": slack::text(notice)}).to_string(),
            },
        };
        Ok(message)
    }
}

/// Types of CloudEvents from different places must not be mixed up, so they begin with where they come from.
fn cloud_event_type(notice: &Notice) -> String {
    format!("serinus.{}", notice.kind)
}
