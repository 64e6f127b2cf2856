//! A client of the service's own API.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use url::Url;

use super::{Outcome, outcome::Failure};
use crate::{
    analysis::{AnalysisRequest, Scorecard, Summary},
    canary_config::Mistake,
};

/// How long one request may take; long polls answer well before.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(90);
/// How often polling starts anew after a failure in between.
const POLL_FAILURES: u32 = 10;

/// A service to talk to.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
}

/// The part of a problem that a person needs.
#[derive(Debug, Deserialize)]
struct Problem {
    detail: String,
    #[serde(default)]
    errors: Vec<Mistake>,
}

impl Client {
    /// A client of the service at `base`, that says who it is with this token.
    pub(super) fn new(base: &str, token: Option<&SecretString>) -> Result<Self, Failure> {
        let slash = if base.ends_with('/') { "" } else { "/" };
        let base = Url::parse(&format!("{base}{slash}"))
            .map_err(|error| Failure::usage(format!("{base}: not a URL: {error}")))?;
        let mut headers = HeaderMap::new();
        if let Some(token) = token {
            let bearer = format!("Bearer {}", token.expose_secret());
            let mut bearer = HeaderValue::try_from(bearer)
                .map_err(|_| Failure::usage("the token has characters that no token has"))?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .timeout(REQUEST_TIMEOUT)
            .user_agent(concat!("serinus/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Failure::infrastructure)?;
        Ok(Self { http, base })
    }

    /// Starts an analysis, or finds the one that the key stands for.
    pub(super) async fn create(
        &self,
        request: &AnalysisRequest,
        key: Option<&str>,
    ) -> Result<Summary, Failure> {
        let mut asked = self.http.post(self.url("api/v1/analyses")?).json(request);
        if let Some(key) = key {
            asked = asked.header("idempotency-key", key);
        }
        read(asked.send().await).await
    }

    /// Posts a document and reads the answer.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let request = self.http.post(self.url(path)?).json(body);
        read(request.send().await).await
    }

    /// Reads a document.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        read(self.http.get(self.url(path)?).send().await).await
    }

    /// Follows an analysis to its end, passing what changes to `tell`, for at most `patience`.
    pub(super) async fn follow(
        &self,
        mut summary: Summary,
        patience: SignedDuration,
        tell: impl Fn(&str),
    ) -> Result<Summary, Failure> {
        let patience = Duration::try_from(patience).unwrap_or_default();
        let id = summary.id.clone();
        let path = format!("api/v1/analyses/{id}?wait=2s");
        let url = self.url(&path)?;
        let label = format!(
            "{} {}",
            summary.application,
            id.get(..8).unwrap_or_default()
        );
        let followed = async {
            let mut failures = 0;
            let mut told = String::new();
            while !summary.state.is_final() {
                if summary.reason != told {
                    tell(&format!("{label}: {}", summary.reason));
                    told.clone_from(&summary.reason);
                }
                match read(self.http.get(url.clone()).send().await).await {
                    Ok(now) => {
                        summary = now;
                        failures = 0;
                    }
                    // The run is known to us but no longer to the service: it was restarted and has forgotten it.
                    Err(failure) if failure.outcome() == Outcome::Usage => {
                        return Err(Failure::infrastructure(failure));
                    }
                    // The run goes on without us: a service that is restarted or out of reach is asked again.
                    Err(failure) if failures < POLL_FAILURES => {
                        failures += 1;
                        tell(&format!("{label}: {failure}; asking again"));
                        tokio::time::sleep(Duration::from_secs(u64::from(failures))).await;
                    }
                    Err(failure) => return Err(failure),
                }
            }
            Ok(summary)
        };
        tokio::time::timeout(patience, followed)
            .await
            .unwrap_or_else(|_| {
                let waited = patience.as_secs();
                Err(Failure::infrastructure(format!(
                    "analysis {id} has not ended after {waited} s"
                )))
            })
    }

    /// The scorecard of an analysis that has one.
    pub(super) async fn scorecard(&self, id: &str) -> Result<Scorecard, Failure> {
        self.get(&format!("api/v1/analyses/{id}/scorecard")).await
    }

    fn url(&self, path: &str) -> Result<Url, Failure> {
        self.base.join(path).map_err(Failure::usage)
    }
}

/// The body of a good response; of a bad one, the reason.
async fn read<T: DeserializeOwned>(
    response: reqwest::Result<reqwest::Response>,
) -> Result<T, Failure> {
    let response = response.map_err(|error| Failure::infrastructure(chain(&error)))?;
    let status = response.status();
    let body = response
        .bytes()
        .await
        .map_err(|error| Failure::infrastructure(chain(&error)))?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|error| {
            Failure::infrastructure(format!("the answer is not understood: {error}"))
        });
    }
    let message = match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) if problem.errors.is_empty() => problem.detail,
        Ok(problem) => {
            let lines: Vec<_> = problem.errors.iter().map(ToString::to_string).collect();
            lines.join("\n       ")
        }
        Err(_) => format!("the server answered {status}"),
    };
    if status.is_client_error() && status != reqwest::StatusCode::TOO_MANY_REQUESTS {
        Err(Failure::usage(message))
    } else {
        Err(Failure::infrastructure(message))
    }
}

/// An error with its causes, since reqwest's own text stops at the outermost.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
