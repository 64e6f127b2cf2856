//! `serinus serve`: the service.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

use super::{Outcome, asked_to_end, outcome::Failure, runtime};
use crate::{
    server::{ServeError, Server},
    settings::{DEFAULT_LISTEN, Settings, StateSettings},
    telemetry,
};

/// Serve the HTTP API
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The settings file (YAML)
    #[arg(long, value_name = "FILE", env = "SERINUS_CONFIG")]
    config: Option<PathBuf>,
    /// The address to listen on
    #[arg(long, value_name = "ADDR", help = format!("The address to listen on [default: {DEFAULT_LISTEN}]"))]
    listen: Option<SocketAddr>,
    /// A directory with canary configs
    #[arg(long, value_name = "DIR")]
    configs: Option<PathBuf>,
    /// The file that runs are kept in [default: data/serinus.redb]
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Add the account `simulator`, which answers from simulated releases
    #[arg(long)]
    simulator: bool,
}

impl Serve {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let mut settings = Settings::load(self.config.as_deref()).map_err(Failure::usage)?;
        if let Some(listen) = self.listen {
            settings.http.listen = listen;
        }
        if self.configs.is_some() {
            settings.configs.directory = self.configs;
        }
        if let Some(path) = self.data {
            settings.state = StateSettings::Embedded { path };
        }
        settings.simulator.enabled |= self.simulator;
        let _telemetry = telemetry::start(settings.log.format, "info");
        runtime()?.block_on(async {
            let server = Server::bind(&settings).map_err(failure)?;
            server.run(asked_to_end()).await.map_err(failure)?;
            Ok(Outcome::Pass)
        })
    }
}

/// Wrong settings are for the user to mend; the rest is infrastructure.
pub(super) fn failure(error: ServeError) -> Failure {
    match error {
        ServeError::Account(_)
        | ServeError::RemoteJudge(_)
        | ServeError::Callbacks(_)
        | ServeError::Config(_) => Failure::usage(error),
        ServeError::Listen { .. } | ServeError::Serve(_) | ServeError::Store(_) => {
            Failure::infrastructure(error)
        }
    }
}
