//! Amazon `CloudWatch`. **Experimental**: made from the published API, never tried against it.
//!
//! The text of a query is an expression (metric math with `SEARCH`, or Metrics Insights), or the JSON of
//! `MetricDataQueries`: `[{"Id": "e", "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": "errors"}, "Stat": "Sum"}}]`.
//! `$interval` is the step in seconds; every `Period` is the step, and may be left out. Series have the labels `query` (the
//! query's `Id`) and `label`.
//!
//! The API: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html> (request, paging,
//! times: a time stands for the period that begins with it), `API_MetricDataResult.html` (`StatusCode`), `API_MessageData.html`
//! and `CommonErrors.html` in the same place, spoken as AWS JSON 1.0:
//! <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>.

mod client;
mod request;
mod wire;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::account::ConnectError;
use crate::http::{BaseUrl, HeaderText, Tls};
use crate::{Limits, SecretRef};

pub(crate) use client::CloudWatch;

/// An account at `CloudWatch`: one region of one AWS account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// The address of a VPC endpoint or a proxy (default: the region's public address).
    #[serde(default)]
    pub url: Option<BaseUrl>,
    /// The identifier of the access key.
    pub access_key_id: SecretRef,
    /// The access key. Its right `cloudwatch:GetMetricData` is enough.
    pub secret_access_key: SecretRef,
    /// The token of temporary credentials.
    #[serde(default)]
    pub session_token: Option<SecretRef>,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderText>,
    /// Trust and client certificate for https.
    #[serde(default)]
    pub tls: Tls,
    /// What the account may cost.
    #[serde(default)]
    pub limits: Limits,
}

impl Config {
    /// Where the API begins (<https://docs.aws.amazon.com/general/latest/gr/cw_region.html>).
    pub(crate) fn address(&self) -> Result<BaseUrl, ConnectError> {
        if let Some(url) = &self.url {
            return Ok(url.clone());
        }
        let region = &self.region;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let unfit = || ConnectError::Settings(format!("{region:?} is no region of AWS"));
        if region.is_empty() || !region.chars().all(plain) {
            return Err(unfit());
        }
        let domain = if region.starts_with("cn-") {
            "amazonaws.com.cn"
        } else {
            "amazonaws.com"
        };
        let address = format!("https://monitoring.{region}.{domain}");
        address.parse().map_err(|_| unfit())
    }
}
