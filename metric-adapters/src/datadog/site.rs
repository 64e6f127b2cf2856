//! The places Datadog runs at.

use serde::Deserialize;

/// A site of Datadog, spelled as its domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Site {
    /// US1.
    #[serde(rename = "datadoghq.com")]
    Us1,
    /// US3.
    #[serde(rename = "us3.datadoghq.com")]
    Us3,
    /// US5.
    #[serde(rename = "us5.datadoghq.com")]
    Us5,
    /// EU1.
    #[serde(rename = "datadoghq.eu")]
    Eu1,
    /// AP1.
    #[serde(rename = "ap1.datadoghq.com")]
    Ap1,
    /// AP2.
    #[serde(rename = "ap2.datadoghq.com")]
    Ap2,
    /// UK1.
    #[serde(rename = "uk1.datadoghq.com")]
    Uk1,
    /// US1-FED.
    #[serde(rename = "ddog-gov.com")]
    Gov1,
    /// US2-FED.
    #[serde(rename = "us2.ddog-gov.com")]
    Gov2,
}

impl Site {
    /// The address of the site's API.
    pub(super) fn api(self) -> &'static str {
        match self {
            Self::Us1 => "https://api.datadoghq.com",
            Self::Us3 => "https://api.us3.datadoghq.com",
            Self::Us5 => "https://api.us5.datadoghq.com",
            Self::Eu1 => "https://api.datadoghq.eu",
            Self::Ap1 => "https://api.ap1.datadoghq.com",
            Self::Ap2 => "https://api.ap2.datadoghq.com",
            Self::Uk1 => "https://api.uk1.datadoghq.com",
            Self::Gov1 => "https://api.ddog-gov.com",
            Self::Gov2 => "https://api.us2.ddog-gov.com",
        }
    }
}
