//! Who can be told: the receivers of the settings, and the hosts that requests may name.

use std::{collections::BTreeMap, time::Duration};

use jiff::SignedDuration;
use reqwest::redirect::Policy;
use secrecy::SecretString;
use serinus_adapters::SecretRef;

use super::sign::Key;
use crate::{
    analysis::{CallbackRequest, CallbackUrl, MessageFormat, ReceiverForm, SummaryVerdict, Target},
    canary_config::Mistake,
    settings::{Address, CallbackSettings, HostPattern, ReceiverConfig},
};

/// The most callbacks of one run.
const MOST_CALLBACKS: usize = 10;

/// Why nobody can be told: mend the settings.
#[derive(Debug, thiserror::Error)]
pub enum CallbackError {
    /// A receiver can never be told.
    #[error("callbacks.receivers.{receiver}: {detail}")]
    Receiver {
        /// Its name.
        receiver: String,
        /// Why, without any secret.
        detail: String,
    },
    /// What is to be told about every run cannot be told.
    #[error("callbacks.everyRun{pointer}: {detail}")]
    EveryRun {
        /// The part of it.
        pointer: String,
        /// Why, without any secret.
        detail: String,
    },
    /// Messages to addresses of requests cannot be signed.
    #[error("callbacks.secrets: {0}")]
    Secrets(String),
    /// There can be no connection to anybody.
    #[error("callbacks: cannot make an HTTP client: {0}")]
    Client(reqwest::Error),
}

/// Everybody who can be told about runs.
#[derive(Debug)]
pub struct Callbacks {
    receivers: BTreeMap<String, Receiver>,
    every_run: Vec<CallbackRequest>,
    hosts: Vec<HostPattern>,
    secrets: Vec<SecretRef>,
    pub(super) client: reqwest::Client,
    pub(super) timing: Timing,
}

/// Somebody who can be told. Address and secrets are read for each message, so that new ones are noticed.
#[derive(Debug)]
pub struct Receiver {
    address: Address,
    format: ReceiverForm,
    form: Form<SecretRef, SecretRef>,
}

/// What is sent, and what it takes to send it: keys and a token, or where they are kept.
#[derive(Debug)]
pub(super) enum Form<Key, Token> {
    /// A webhook's message, signed with each of the keys.
    Webhook {
        format: MessageFormat,
        keys: Vec<Key>,
    },
    /// An annotation with these tags besides its own.
    GrafanaAnnotation { token: Token, tags: Vec<String> },
}

impl Receiver {
    fn new(config: ReceiverConfig) -> Result<Self, String> {
        let ReceiverConfig {
            url,
            format,
            secrets,
            token,
            tags,
        } = config;
        let form = match (format.message(), token) {
            (Some(format), None) if tags.is_empty() => Form::Webhook {
                format,
                keys: secrets,
            },
            (None, Some(token)) if secrets.is_empty() => Form::GrafanaAnnotation { token, tags },
            (Some(_), _) => {
                return Err("`token` and `tags` are for the format grafana-annotation".to_owned());
            }
            (None, _) => {
                return Err(
                    "the format grafana-annotation needs a `token`, and has no `secrets`"
                        .to_owned(),
                );
            }
        };
        Ok(Self {
            address: url,
            format,
            form,
        })
    }

    /// The form of what it is sent.
    pub fn form(&self) -> ReceiverForm {
        self.format
    }

    /// Whether a message changes what an earlier one made, so that they have to come one after the other.
    pub(super) fn in_order(&self) -> bool {
        match self.form {
            Form::Webhook { .. } => false,
            Form::GrafanaAnnotation { .. } => true,
        }
    }
}

/// How hard it is tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// How long one attempt may take.
    pub(super) timeout: Duration,
    /// The pause after the first attempt that failed.
    pub(super) retry_after: Duration,
    /// How long after its event a message is worth another attempt.
    pub(super) deadline: SignedDuration,
}

/// Where one message goes.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) url: CallbackUrl,
    pub(super) form: Form<Key, SecretString>,
}

impl Callbacks {
    /// Checks the settings, and that every secret can be read now. Sends nothing.
    ///
    /// # Errors
    /// See [`CallbackError`].
    pub fn connect(settings: &CallbackSettings) -> Result<Self, CallbackError> {
        let mut encrypted = !settings.hosts.is_empty();
        let mut receivers = BTreeMap::new();
        for (name, config) in &settings.receivers {
            let wrong = |detail| CallbackError::Receiver {
                receiver: name.clone(),
                detail,
            };
            let receiver = Receiver::new(config.clone()).map_err(wrong)?;
            let endpoint = receiver.endpoint().map_err(wrong)?;
            encrypted |= endpoint.url.url().scheme() == "https";
            receivers.insert(name.clone(), receiver);
        }
        keys(&settings.secrets).map_err(CallbackError::Secrets)?;
        let timing = Timing {
            timeout: Duration::try_from(settings.timeout).unwrap_or_default(),
            retry_after: Duration::try_from(settings.retry_after).unwrap_or_default(),
            deadline: settings.deadline,
        };
        let client = reqwest::Client::builder()
            .user_agent(concat!("serinus/", env!("CARGO_PKG_VERSION")))
            .timeout(timing.timeout)
            // A message is for whom it was addressed to.
            .redirect(Policy::none())
            .referer(false);
        let client = match encrypted {
            true => client,
            // No TLS will be spoken, so a container without any authority's certificate must not be an error.
            false => client.tls_certs_only([]),
        };
        let callbacks = Self {
            receivers,
            every_run: settings.every_run.clone(),
            hosts: settings.hosts.clone(),
            secrets: settings.secrets.clone(),
            client: client.build().map_err(CallbackError::Client)?,
            timing,
        };
        match callbacks
            .check(&callbacks.every_run)
            .map_err(|mistakes| mistakes.into_iter().next())
        {
            Ok(()) | Err(None) => Ok(callbacks),
            Err(Some(Mistake {
                pointer, detail, ..
            })) => Err(CallbackError::EveryRun {
                pointer: pointer.trim_start_matches("/callbacks").to_owned(),
                detail,
            }),
        }
    }

    /// What is told about every run, besides what its request asks for.
    pub fn every_run(&self) -> &[CallbackRequest] {
        &self.every_run
    }

    /// Whether messages to a target have to come one after the other.
    pub(super) fn in_order(&self, target: &Target) -> bool {
        match target {
            Target::Receiver(name) => self.get(name.as_str()).is_some_and(Receiver::in_order),
            Target::Url { .. } => false,
        }
    }

    /// The receivers by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Receiver)> {
        let receivers = self.receivers.iter();
        receivers.map(|(name, receiver)| (name.as_str(), receiver))
    }

    /// A receiver.
    pub fn get(&self, name: &str) -> Option<&Receiver> {
        self.receivers.get(name)
    }

    /// Checks the callbacks of a request.
    ///
    /// # Errors
    /// Everything wrong with them; pointers are into the request that holds them under `callbacks`.
    pub fn check(&self, callbacks: &[CallbackRequest]) -> Result<(), Vec<Mistake>> {
        let mut mistakes = Vec::new();
        if callbacks.len() > MOST_CALLBACKS {
            let detail = format!("a run has at most {MOST_CALLBACKS} callbacks");
            mistakes.push(Mistake::new("/callbacks", detail));
        }
        for (place, callback) in callbacks.iter().enumerate().take(MOST_CALLBACKS) {
            let at = |key: &str| format!("/callbacks/{place}{key}");
            if callback.events.is_empty() {
                let detail = "name an event, or leave `events` out to be told of the run's end";
                mistakes.push(Mistake::new(at("/events"), detail));
            }
            if let Some(verdicts) = &callback.verdicts
                && (verdicts.is_empty() || verdicts.contains(&SummaryVerdict::Pending))
            {
                let detail = "name verdicts that something can end with, or leave `verdicts` out to be told of all";
                mistakes.push(Mistake::new(at("/verdicts"), detail));
            }
            match callback.target() {
                None => {
                    let detail = "give either `receiver`, or `url` with or without `format`";
                    mistakes.push(Mistake::new(at(""), detail));
                }
                Some(target) => mistakes.extend(match self.find(&target) {
                    Ok(_) => None,
                    Err(detail) => Some(match target {
                        Target::Receiver(_) => Mistake::new(at("/receiver"), detail),
                        Target::Url { .. } => Mistake::new(at("/url"), detail),
                    }),
                }),
            }
        }
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(mistakes)
        }
    }

    /// Where a message goes. Settings may have changed since it was asked for.
    pub(super) fn endpoint(&self, target: &Target) -> Result<Endpoint, String> {
        match (target, self.find(target)?) {
            (_, Some(receiver)) => receiver.endpoint(),
            (Target::Url { url, format }, None) => Ok(Endpoint {
                url: url.clone(),
                form: Form::Webhook {
                    format: *format,
                    keys: keys(&self.secrets)?,
                },
            }),
            // Whoever is named is found, or refused above.
            (Target::Receiver(name), None) => Err(unknown(name.as_str())),
        }
    }

    /// The receiver that is meant, if it is one of the settings; the error is why a message cannot go there.
    fn find(&self, target: &Target) -> Result<Option<&Receiver>, String> {
        match target {
            Target::Receiver(name) => match self.receivers.get(name.as_str()) {
                Some(receiver) => Ok(Some(receiver)),
                None => Err(unknown(name.as_str())),
            },
            Target::Url { url, .. } => {
                let allowed = url
                    .host()
                    .is_some_and(|host| self.hosts.iter().any(|pattern| pattern.allows(&host)));
                match allowed {
                    true => Ok(None),
                    false => Err(format!(
                        "the host of {url} is not among `callbacks.hosts` of the service's settings"
                    )),
                }
            }
        }
    }
}

impl Receiver {
    fn endpoint(&self) -> Result<Endpoint, String> {
        Ok(Endpoint {
            url: self.address.resolve()?,
            form: match &self.form {
                Form::Webhook { format, keys } => Form::Webhook {
                    format: *format,
                    keys: self::keys(keys)?,
                },
                Form::GrafanaAnnotation { token, tags } => Form::GrafanaAnnotation {
                    token: token.resolve().map_err(|error| error.to_string())?,
                    tags: tags.clone(),
                },
            },
        })
    }
}

fn keys(secrets: &[SecretRef]) -> Result<Vec<Key>, String> {
    let keys = secrets.iter().map(|place| {
        let secret = place.resolve().map_err(|error| error.to_string())?;
        Key::read(&secret).map_err(|error| format!("a secret does not fit: {error}"))
    });
    keys.collect()
}

fn unknown(name: &str) -> String {
    format!("the service's settings name no receiver {name:?}")
}
