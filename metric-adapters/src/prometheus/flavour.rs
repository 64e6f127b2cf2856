//! In what the servers with the Prometheus API differ.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Config;
use crate::account::ConnectError;
use crate::http::HeaderText;

/// Which server with the Prometheus API it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flavour {
    /// Prometheus itself, or a server that asks for nothing else.
    #[default]
    Prometheus,
    /// Thanos: one series of replicas that scrape the same, tenants by `THANOS-TENANT`.
    Thanos,
    /// Mimir, Cortex, Grafana Cloud: tenants by `X-Scope-OrgID`.
    Mimir,
    /// `VictoriaMetrics`: the response cache moves times, so it is not used; tenants are part of the url.
    VictoriaMetrics,
}

/// Whether an answer counts to which not all of the store's nodes contributed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartialResponses {
    /// It is an error that may pass.
    #[default]
    Refuse,
    /// It counts, and what is missing becomes a note.
    Allow,
}

impl Flavour {
    /// What every request's form carries besides the query.
    pub(super) fn parameters(
        self,
        partial: PartialResponses,
    ) -> &'static [(&'static str, &'static str)] {
        match (self, partial) {
            (Self::Prometheus | Self::Mimir, _) => &[],
            (Self::Thanos, PartialResponses::Refuse) => {
                &[("dedup", "true"), ("partial_response", "false")]
            }
            (Self::Thanos, PartialResponses::Allow) => {
                &[("dedup", "true"), ("partial_response", "true")]
            }
            (Self::VictoriaMetrics, PartialResponses::Refuse) => {
                &[("nocache", "1"), ("deny_partial_response", "1")]
            }
            (Self::VictoriaMetrics, PartialResponses::Allow) => &[("nocache", "1")],
        }
    }

    /// The account's headers, the tenant's among them.
    pub(super) fn headers(
        self,
        config: &Config,
    ) -> Result<BTreeMap<String, HeaderText>, ConnectError> {
        let mut headers = config.headers.clone();
        let Some(tenant) = &config.tenant else {
            return Ok(headers);
        };
        let name = match self {
            Self::Thanos => "THANOS-TENANT",
            Self::Mimir => "X-Scope-OrgID",
            Self::Prometheus | Self::VictoriaMetrics => {
                return Err(ConnectError::Settings(
                    "`tenant` needs the flavour thanos or mimir; VictoriaMetrics takes tenants in the url's path".to_owned(),
                ));
            }
        };
        if headers
            .keys()
            .any(|header| header.eq_ignore_ascii_case(name))
        {
            return Err(ConnectError::Settings(format!(
                "`tenant` and the header `{name}` exclude each other"
            )));
        }
        headers.insert(name.to_owned(), HeaderText::Literal(tenant.clone()));
        Ok(headers)
    }
}
