//! The service's settings: defaults, under a file, under environment variables, under flags.
//!
//! Accounts, lists and maps belong in the file; `SERINUS__SECTION__KEY` overrides single values
//! (`runs.inFlight` is `SERINUS__RUNS__IN_FLIGHT`: environment variables have no capitals to tell words apart). Secrets are only ever
//! referred to (`{env: NAME}`, `{file: PATH}`).

mod hosts;

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::SignedDuration;
use serde::Deserialize;
use serinus_adapters::AccountConfig;
use url::{Host, Url};

pub use self::hosts::{HostPattern, HostPatternError};

use crate::{analysis::FetchLimits, runner::RunLimits, telemetry::LogFormat};

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
    /// The canary configs.
    pub configs: Configs,
    /// What runs may use.
    pub runs: Runs,
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
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN,
            public_url: None,
            grace: SignedDuration::from_secs(20),
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

/// What runs may use.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Runs {
    /// How many runs are kept; the oldest ended ones are forgotten first.
    pub keep: usize,
    /// How many runs may be queued or running at once.
    pub in_flight: usize,
    /// How far ahead a run's window may end.
    pub horizon: SignedDuration,
    /// How long all queries of a run may take together.
    pub fetch_deadline: SignedDuration,
    /// How often one query is tried at most.
    pub attempts: usize,
    /// How many samples of settled history are kept in memory for later queries, at about 24 bytes each (labels and queries
    /// count by their size); 0 keeps none.
    pub kept_samples: usize,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            keep: 1_000,
            in_flight: 500,
            horizon: SignedDuration::from_hours(48),
            fetch_deadline: SignedDuration::from_mins(5),
            attempts: 5,
            kept_samples: 1_000_000,
        }
    }
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
    #[error("settings: accounts.{account}: the host {host} is not among `accountHosts`")]
    HostNotAllowed {
        /// The account.
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
        let between = |duration: SignedDuration, least, most| (least..=most).contains(&duration);
        let (none, second) = (SignedDuration::ZERO, SignedDuration::from_secs(1));
        let (day, month) = (
            SignedDuration::from_hours(24),
            SignedDuration::from_hours(24 * 31),
        );
        let Runs {
            keep,
            in_flight,
            horizon,
            fetch_deadline,
            attempts,
            kept_samples,
        } = self.runs;
        let checks = [
            ((1..=1_000_000).contains(&keep), "runs.keep", "1 to 1000000"),
            (
                (1..=1_000_000).contains(&in_flight),
                "runs.inFlight",
                "1 to 1000000",
            ),
            ((1..=20).contains(&attempts), "runs.attempts", "1 to 20"),
            (
                kept_samples <= 1_000_000_000,
                "runs.keptSamples",
                "0 to 1000000000",
            ),
            (
                between(horizon, none, month),
                "runs.horizon",
                "0s to 31 days",
            ),
            (
                between(fetch_deadline, second, day),
                "runs.fetchDeadline",
                "1s to 24h",
            ),
            (
                between(self.http.grace, none, day),
                "http.grace",
                "0s to 24h",
            ),
        ];
        match checks.into_iter().find(|(fine, ..)| !fine) {
            Some((_, key, detail)) => Err(SettingsError::OutOfRange { key, detail }),
            None => Ok(self),
        }
    }

    fn check_hosts(&self) -> Result<(), SettingsError> {
        let Some(allowed) = &self.account_hosts else {
            return Ok(());
        };
        for (account, config) in &self.accounts {
            if let Some(host) = config.host()
                && !allowed.iter().any(|pattern| pattern.allows(&host))
            {
                let account = account.clone();
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
                name + &capital.into_iter().chain(letters).collect::<String>()
            })
        });
    Some(segments.collect::<Vec<_>>().join("."))
}

impl Runs {
    /// The limits for the runner.
    pub fn limits(&self) -> RunLimits {
        RunLimits {
            in_flight: self.in_flight,
            horizon: self.horizon,
            fetch: FetchLimits {
                deadline: Duration::try_from(self.fetch_deadline).unwrap_or_default(),
                attempts: self.attempts,
            },
        }
    }
}
