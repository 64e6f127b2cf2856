//! The service's settings: defaults, under a file, under environment variables, under flags.
//!
//! Accounts, lists and maps belong in the file; `SERINUS__SECTION__KEY` overrides single values
//! (`runs.inFlight` is `SERINUS__RUNS__IN_FLIGHT`: environment variables have no capitals to tell words apart). Secrets are only ever
//! referred to (`{env: NAME}`, `{file: PATH}`).

mod callbacks;
mod grafana;
mod hosts;
mod runs;
mod state;

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    path::{Path, PathBuf},
};

use jiff::SignedDuration;
use serde::Deserialize;
use serinus_adapters::{AccountConfig, http::JsonServiceConfig};
use url::{Host, Url};

pub use self::{
    callbacks::{Address, CallbackSettings, ReceiverConfig},
    grafana::{
        AddressTemplate, DashboardSettings, DashboardTemplate, DashboardUid, Datasource,
        GrafanaSettings, GrafanaUrl, GrafanaUrlError, Plugin, RunTemplate,
    },
    hosts::{HostPattern, HostPatternError},
    runs::Runs,
    state::StateSettings,
};

use crate::telemetry::LogFormat;
use runs::between;

/// The address the service listens on unless told otherwise: this machine only, Kayenta's port.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8090));

/// All settings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// Serving HTTP.
    pub http: Http,
    /// The metric stores, by account name.
    pub accounts: BTreeMap<String, AccountConfig>,
    /// The hosts that accounts may be at; without it, any.
    pub account_hosts: Option<Vec<HostPattern>>,
    /// The judges elsewhere that configs can name, by name; their hosts have to be among `accountHosts`, too.
    pub remote_judges: BTreeMap<String, JsonServiceConfig>,
    /// Who can be told about runs.
    pub callbacks: CallbackSettings,
    /// The Grafana that people look at the same metrics in; without it, there are no links to one.
    pub grafana: Option<GrafanaSettings>,
    /// The canary configs.
    pub configs: Configs,
    /// What runs may use.
    pub runs: Runs,
    /// Where runs are kept.
    pub state: StateSettings,
    /// Whether the account `simulator` exists, which answers from simulated releases.
    pub simulator: Simulator,
    /// Logging.
    pub log: Log,
}

/// Serving HTTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Http {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address people reach the service at, for links; without it, the address it listens on.
    pub public_url: Option<Url>,
    /// How long runs in flight may take to end when the service is told to stop.
    pub grace: SignedDuration,
    /// How many streams of events may be open at once.
    pub streams: usize,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN,
            public_url: None,
            grace: SignedDuration::from_secs(20),
            streams: 1_000,
        }
    }
}

/// The canary configs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Configs {
    /// A directory of config files, besides the ready-made ones.
    pub directory: Option<PathBuf>,
}

/// The built-in simulator.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Simulator {
    /// Whether it can be asked.
    pub enabled: bool,
}

/// Logging.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Log {
    /// The form of log lines.
    pub format: LogFormat,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file or an environment variable does not say what a setting can be.
    #[error("settings: {0}")]
    Unreadable(#[from] config::ConfigError),
    /// A value is out of range.
    #[error("settings: {key}: {detail}")]
    OutOfRange {
        /// The setting.
        key: &'static str,
        /// What it may be.
        detail: &'static str,
    },
    /// An account is at a host that is not allowed.
    #[error("settings: {account}: the host {host} is not among `accountHosts`")]
    HostNotAllowed {
        /// The account, or the judge elsewhere.
        account: String,
        /// Where it is.
        host: Host,
    },
}

impl Settings {
    /// Reads the settings: defaults, then `file`, then the environment.
    ///
    /// # Errors
    /// The file is missing or unreadable, a key is unknown, or a value does not fit.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let mut layers = config::Config::builder();
        if let Some(path) = file {
            layers = layers.add_source(config::File::from(path).format(config::FileFormat::Yaml));
        }
        for (variable, value) in std::env::vars_os() {
            if let (Some(key), Some(value)) = (variable.to_str().and_then(key_of), value.to_str()) {
                layers = layers.set_override(key, value)?;
            }
        }
        let settings: Self = layers.build()?.try_deserialize()?;
        settings.check()
    }

    fn check(self) -> Result<Self, SettingsError> {
        self.check_hosts()?;
        let none = SignedDuration::ZERO;
        let day = SignedDuration::from_hours(24);
        let grace = (
            between(self.http.grace, none, day),
            "http.grace",
            "0s to 24h",
        );
        let streams = (
            (1..=100_000).contains(&self.http.streams),
            "http.streams",
            "1 to 100000",
        );
        let mut checks = self
            .runs
            .checks()
            .into_iter()
            .chain(self.callbacks.checks())
            .chain([grace, streams]);
        match checks.find(|(fine, ..)| !fine) {
            Some((_, key, detail)) => Err(SettingsError::OutOfRange { key, detail }),
            None => Ok(self),
        }
    }

    fn check_hosts(&self) -> Result<(), SettingsError> {
        let Some(allowed) = &self.account_hosts else {
            return Ok(());
        };
        let accounts = self.accounts.iter();
        let accounts = accounts.map(|(name, config)| ("accounts", name, config.host()));
        let judges = self.remote_judges.iter();
        let judges = judges.map(|(name, config)| ("remoteJudges", name, config.host()));
        for (section, name, host) in accounts.chain(judges) {
            if let Some(host) = host
                && !allowed.iter().any(|pattern| pattern.allows(&host))
            {
                let account = format!("{section}.{name}");
                return Err(SettingsError::HostNotAllowed { account, host });
            }
        }
        Ok(())
    }
}

/// The setting a variable overrides: `SERINUS__RUNS__IN_FLIGHT` is `runs.inFlight`. The `config` crate's own source of
/// environment variables knows no such spelling.
///
/// The prefix ends in two underscores as well: variables that Kubernetes makes up for a service of this name
/// (`SERINUS_PORT`) stay out.
fn key_of(variable: &str) -> Option<String> {
    let segments = variable
        .strip_prefix("SERINUS__")?
        .split("__")
        .map(|segment| {
            let mut words = segment.split('_').map(str::to_lowercase);
            let first = words.next().unwrap_or_default();
            words.fold(first, |name, word| {
                let mut letters = word.chars();
                let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
                name + capital
                    .into_iter()
                    .chain(letters)
                    .collect::<String>()
                    .as_str()
            })
        });
    Some(segments.collect::<Vec<_>>().join("."))
}
