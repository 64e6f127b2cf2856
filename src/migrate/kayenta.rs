//! A Kayenta that is read.

use std::{error::Error as _, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use crate::kayenta::wire::MetricSetPair;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The largest answer, in bytes.
const LARGEST: usize = 100 << 20;
/// How many runs a page is asked for.
const PAGE: usize = 20;

/// A Kayenta at an address.
#[derive(Debug)]
pub struct Kayenta {
    http: reqwest::Client,
    base: Url,
}

/// What cannot be read of it, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct KayentaUnreadable {
    path: String,
    why: String,
}

/// What a list says of a config.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Summary {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) applications: Vec<String>,
}

/// Past runs of an application.
#[derive(Debug)]
pub(super) struct Runs {
    /// As they were received.
    pub(super) runs: Vec<Value>,
    /// Why there are no more, if there may be.
    pub(super) broken_off: Option<KayentaUnreadable>,
}

impl Kayenta {
    /// The Kayenta at this address. Nothing is asked yet.
    ///
    /// # Errors
    /// It is no address, as a sentence.
    pub fn at(address: &str) -> Result<Self, String> {
        let slash = if address.ends_with('/') { "" } else { "/" };
        let base = Url::parse(&format!("{address}{slash}"))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or("the address of a Kayenta is like http://kayenta.example:8090")?;
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .user_agent(concat!("serinus/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { http, base })
    }

    /// Its configs.
    pub(super) async fn configs(&self) -> Result<Vec<Summary>, KayentaUnreadable> {
        self.get(&["canaryConfig"], &[]).await
    }

    /// A config.
    pub(super) async fn config(&self, id: &str) -> Result<Value, KayentaUnreadable> {
        self.get(&["canaryConfig", id], &[]).await
    }

    /// The newest runs of an application, at most so many.
    pub(super) async fn runs(&self, application: &str, most: usize) -> Runs {
        let mut runs: Vec<Value> = Vec::new();
        let mut page = 1_usize;
        while runs.len() < most {
            let (limit, number) = (PAGE.to_string(), page.to_string());
            let query = [
                ("application", application),
                ("limit", &limit),
                ("page", &number),
            ];
            let found: Result<Vec<Value>, _> = self.get(&["canary", "executions"], &query).await;
            match found {
                Ok(found) => {
                    let last = found.len() < PAGE;
                    runs.extend(found);
                    if last {
                        break;
                    }
                }
                Err(error) => {
                    let broken_off = Some(error);
                    return Runs { runs, broken_off };
                }
            }
            page += 1;
        }
        runs.truncate(most);
        Runs {
            runs,
            broken_off: None,
        }
    }

    /// The samples of a run.
    pub(super) async fn pairs(
        &self,
        id: &str,
        account: Option<&str>,
    ) -> Result<Vec<MetricSetPair>, KayentaUnreadable> {
        let query: Vec<_> = account
            .map(|account| ("accountName", account))
            .into_iter()
            .collect();
        self.get(&["metricSetPairList", id], &query).await
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, KayentaUnreadable> {
        let unreadable = |why: String| KayentaUnreadable {
            path: path.join("/"),
            why,
        };
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let request = self.http.get(url).query(query);
        let mut response = request
            .send()
            .await
            .map_err(|error| unreadable(chain(error)))?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| unreadable(chain(error)))?
        {
            if body.len() + chunk.len() > LARGEST {
                return Err(unreadable("the answer is too large".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        if !status.is_success() {
            let text: String = String::from_utf8_lossy(&body).chars().take(300).collect();
            return Err(unreadable(format!("{status}: {text}")));
        }
        serde_json::from_slice(&body)
            .map_err(|error| unreadable(format!("the answer is not Kayenta's: {error}")))
    }
}

/// An error with its causes. The address is told by its path alone: it may hold a password.
fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
