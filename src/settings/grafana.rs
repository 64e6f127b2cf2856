//! Where the links to Grafana lead.

use std::collections::BTreeMap;

use serde::Deserialize;
use serinus_adapters::template::Template;
use url::Url;

/// The Grafana that people look at the same metrics in.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GrafanaSettings {
    /// The address browsers reach it at, with the path it is served under.
    pub url: GrafanaUrl,
    /// The organisation the data sources and dashboards belong to.
    #[serde(default = "first_organisation")]
    pub org_id: u32,
    /// The data source that shows what an account holds, by the account's name; metrics of other accounts have no link.
    #[serde(default)]
    pub datasources: BTreeMap<String, Datasource>,
    /// The dashboard to look at a release in.
    pub dashboard: Option<DashboardSettings>,
}

fn first_organisation() -> u32 {
    1
}

/// The address of a Grafana: http or https, without a user name, a password, a query or a fragment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct GrafanaUrl(Url);

/// Text that is no such address. It is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an address such as https://grafana.example, without a user name, a password, a query and a fragment"
)]
pub struct GrafanaUrlError;

impl GrafanaUrl {
    /// The address of a page below it.
    pub fn page(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        // An http address has a path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

impl TryFrom<String> for GrafanaUrl {
    type Error = GrafanaUrlError;

    fn try_from(text: String) -> Result<Self, GrafanaUrlError> {
        let url = Url::parse(&text).map_err(|_| GrafanaUrlError)?;
        let fits = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if fits {
            Ok(Self(url))
        } else {
            Err(GrafanaUrlError)
        }
    }
}

/// A data source of Grafana, and how a query of it is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "DatasourceText")]
pub struct Datasource {
    /// Its UID.
    pub uid: String,
    /// The plugin it is of.
    pub plugin: Plugin,
}

/// The plugins whose queries can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plugin {
    /// `prometheus`, for servers with its HTTP API.
    Prometheus,
    /// `loki`.
    Loki,
    /// `influxdb`, in `InfluxQL` or Flux.
    InfluxDb,
    /// `graphite`.
    Graphite,
    /// Another one, of which it is known under which key it takes the text of a query.
    Other {
        /// The plugin's id.
        id: String,
        /// The key.
        query_key: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DatasourceText {
    uid: String,
    #[serde(rename = "type")]
    plugin: String,
    query_key: Option<String>,
}

impl TryFrom<DatasourceText> for Datasource {
    type Error = &'static str;

    fn try_from(text: DatasourceText) -> Result<Self, &'static str> {
        let plugin = match (text.plugin.as_str(), text.query_key) {
            (_, Some(query_key)) => Plugin::Other {
                id: text.plugin,
                query_key,
            },
            ("prometheus", None) => Plugin::Prometheus,
            ("loki", None) => Plugin::Loki,
            ("influxdb", None) => Plugin::InfluxDb,
            ("graphite", None) => Plugin::Graphite,
            (_, None) => {
                return Err(
                    "the queries of data sources of the types prometheus, loki, influxdb and graphite are known; \
                            for another one say under which `queryKey` it takes the text of a query",
                );
            }
        };
        Ok(Self {
            uid: text.uid,
            plugin,
        })
    }
}

/// The dashboard to look at a release in: one of the Grafana above by its UID, or any address.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "either `uid`, with or without `variables`, or `urlTemplate`; each value is a text in which ${application}, ${config}, \
                 ${run}, ${from}, ${to}, ${baseline}, ${canary}, ${baselineLocation}, ${canaryLocation}, ${baseline.PARAM}, \
                 ${canary.PARAM} and ${label.NAME} can stand"
)]
pub enum DashboardSettings {
    /// A dashboard of this Grafana.
    #[serde(rename_all = "camelCase")]
    Uid(DashboardUid),
    /// An address with variables.
    Template(DashboardTemplate),
}

/// A dashboard by its UID.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DashboardUid {
    /// The UID.
    pub uid: String,
    /// What its variables are set to; one whose value names something that a run does not have is left out.
    #[serde(default)]
    pub variables: BTreeMap<String, RunTemplate>,
}

/// An address with variables, each put in percent-encoded.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DashboardTemplate {
    /// The address: `https://grafana.example/d/shop/shop?from=${from}&to=${to}&var-app=${application}`.
    pub url_template: AddressTemplate,
}

/// An address with variables. It begins with http:// or https:// as it stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct AddressTemplate(pub Template);

impl TryFrom<String> for AddressTemplate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if !(text.starts_with("http://") || text.starts_with("https://")) {
            return Err("expected an address that begins with http:// or https://".to_owned());
        }
        RunTemplate::try_from(text).map(|RunTemplate(template)| Self(template))
    }
}

/// Text with variables that a run has values for.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct RunTemplate(pub Template);

/// What can be said of every run.
const ALWAYS: [&str; 5] = ["application", "config", "run", "from", "to"];
/// What can be said of many runs.
const OFTEN: [&str; 4] = ["baseline", "canary", "baselineLocation", "canaryLocation"];
/// What can be said of some runs begins so.
const SOMETIMES: [&str; 3] = ["baseline.", "canary.", "label."];

impl TryFrom<String> for RunTemplate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let template = Template::parse(&text).map_err(|error| error.to_string())?;
        let known = |name: &str| {
            ALWAYS.contains(&name)
                || OFTEN.contains(&name)
                || SOMETIMES.iter().any(|prefix| name.starts_with(prefix))
        };
        if let Some(name) = template.variables().find(|name| !known(name)) {
            return Err(format!("a run has no `{name}`"));
        }
        Ok(Self(template))
    }
}
