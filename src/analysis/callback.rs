//! Who is told what about a run, as a request says it.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};
use utoipa::ToSchema;

use super::SummaryVerdict;
use crate::canary_config::Name;

/// Somebody to tell about a run: a receiver of the service's settings, or a URL.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CallbackRequest {
    /// A receiver that the service's settings name. Either this or `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<Name>,
    /// An address at one of the hosts that the service's settings allow. Either this or `receiver`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<CallbackUrl>,
    /// The form of what is sent to a `url`; receivers have theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<MessageFormat>,
    /// What to tell about.
    #[serde(default = "at_the_end")]
    pub events: Vec<EventKind>,
    /// Which verdicts to tell, of the run or of the look; if not given, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<Vec<SummaryVerdict>>,
}

fn at_the_end() -> Vec<EventKind> {
    vec![EventKind::AnalysisEnded]
}

/// What can be told about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub enum EventKind {
    /// The run was taken in.
    #[serde(rename = "analysis.started")]
    AnalysisStarted,
    /// The run has ended, with a verdict or without.
    #[serde(rename = "analysis.ended")]
    AnalysisEnded,
    /// A look has ended, and the run goes on.
    #[serde(rename = "look.ended")]
    LookEnded,
}

impl EventKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AnalysisStarted => "analysis.started",
            Self::AnalysisEnded => "analysis.ended",
            Self::LookEnded => "look.ended",
        }
    }
}

/// The form of a webhook's message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MessageFormat {
    /// `{"type", "timestamp", "data"}`, as Standard Webhooks has it.
    #[default]
    StandardWebhooks,
    /// A CloudEvent in one JSON document (structured mode).
    Cloudevents,
    /// A CloudEvent whose attributes are headers and whose data is the body (binary mode).
    CloudeventsBinary,
    /// `{"text"}` for people, as incoming webhooks of Slack, Mattermost and Rocket.Chat take it.
    Slack,
}

/// The form of what a receiver of the settings is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiverForm {
    /// As [`MessageFormat::StandardWebhooks`].
    #[default]
    StandardWebhooks,
    /// As [`MessageFormat::Cloudevents`].
    Cloudevents,
    /// As [`MessageFormat::CloudeventsBinary`].
    CloudeventsBinary,
    /// As [`MessageFormat::Slack`].
    Slack,
    /// A region over the run's window among Grafana's annotations, which takes more than an address.
    GrafanaAnnotation,
}

impl ReceiverForm {
    /// The form of its messages, if that is what it is sent.
    pub fn message(self) -> Option<MessageFormat> {
        match self {
            Self::StandardWebhooks => Some(MessageFormat::StandardWebhooks),
            Self::Cloudevents => Some(MessageFormat::Cloudevents),
            Self::CloudeventsBinary => Some(MessageFormat::CloudeventsBinary),
            Self::Slack => Some(MessageFormat::Slack),
            Self::GrafanaAnnotation => None,
        }
    }
}

/// An address that messages are sent to: http or https, without a user name, a password or a fragment. It may hold a token all
/// the same, so that it is shown without its path.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, format = Uri, max_length = 2000)]
pub struct CallbackUrl(Url);

/// Text that is no such address. It is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an address such as https://ci.example/hooks/7, of at most 2000 bytes, without a user name, a password or a fragment"
)]
pub struct CallbackUrlError;

impl CallbackUrl {
    /// The address.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Where it is.
    pub fn host(&self) -> Option<Host> {
        self.0.host().map(|host| host.to_owned())
    }
}

impl TryFrom<String> for CallbackUrl {
    type Error = CallbackUrlError;

    fn try_from(text: String) -> Result<Self, CallbackUrlError> {
        let url = Url::parse(&text).map_err(|_| CallbackUrlError)?;
        let fits = text.len() <= 2000
            && matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none();
        if fits {
            Ok(Self(url))
        } else {
            Err(CallbackUrlError)
        }
    }
}

impl From<CallbackUrl> for String {
    fn from(url: CallbackUrl) -> Self {
        url.0.into()
    }
}

impl fmt::Display for CallbackUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

impl fmt::Debug for CallbackUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallbackUrl({self})")
    }
}

/// Where a message goes. The secrets of receivers stay in the settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// To a receiver of the settings.
    Receiver(Name),
    /// To an address that came with the request.
    #[serde(rename_all = "camelCase")]
    Url {
        /// The address.
        url: CallbackUrl,
        /// The form of the message.
        format: MessageFormat,
    },
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receiver(name) => name.fmt(f),
            Self::Url { url, .. } => url.fmt(f),
        }
    }
}

impl CallbackRequest {
    /// Whether an event of this kind that found this is to be told. What has only started has no verdict, and is told whatever
    /// is wanted of verdicts.
    pub fn wants(&self, kind: EventKind, verdict: SummaryVerdict) -> bool {
        let ended = kind != EventKind::AnalysisStarted;
        let verdicts = self.verdicts.as_ref().filter(|_| ended);
        self.events.contains(&kind) && verdicts.is_none_or(|wanted| wanted.contains(&verdict))
    }

    /// Where this callback goes; `None` if it does not name exactly one place.
    pub fn target(&self) -> Option<Target> {
        match (&self.receiver, &self.url, self.format) {
            (Some(receiver), None, None) => Some(Target::Receiver(receiver.clone())),
            (None, Some(url), format) => Some(Target::Url {
                url: url.clone(),
                format: format.unwrap_or_default(),
            }),
            (Some(_), Some(_) | None, _) | (None, None, _) => None,
        }
    }
}
