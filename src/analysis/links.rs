//! Where more about a run can be read.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where more about a run can be read. Not kept with it: links follow the service's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScorecardLinks {
    /// The run's page.
    pub report: WebLink,
    /// A dashboard of Grafana over the time that was compared, where the settings name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dashboard: Option<WebLink>,
}

/// An address that can be put into a page or a text as it is: http or https, and nothing that could end it early. Scorecards
/// come from elsewhere, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, format = Uri)]
pub struct WebLink(String);

/// Text that is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an address that begins with http:// or https://, with everything else in it encoded"
)]
pub struct WebLinkError;

impl WebLink {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for WebLink {
    type Error = WebLinkError;

    fn try_from(text: String) -> Result<Self, WebLinkError> {
        let ends =
            |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\\');
        let web = text.starts_with("http://") || text.starts_with("https://");
        if web && !text.contains(ends) {
            Ok(Self(text))
        } else {
            Err(WebLinkError)
        }
    }
}

impl From<WebLink> for String {
    fn from(link: WebLink) -> Self {
        link.0
    }
}

impl fmt::Display for WebLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_link_stays_none() {
        assert!(WebLink::try_from("https://g.example/d/x?from=1&to=2".to_owned()).is_ok());
        for text in [
            "",
            "javascript:alert(1)",
            "data:text/html,x",
            "//evil.example",
            "https://x> <script>",
            "https://x\n# heading",
            "https://x\"onclick=",
        ] {
            assert_eq!(
                WebLink::try_from(text.to_owned()),
                Err(WebLinkError),
                "{text}"
            );
        }
    }
}
