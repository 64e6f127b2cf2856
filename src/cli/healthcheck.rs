//! `serinus healthcheck`: whether the service on this machine takes requests, for containers without any other program.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::Args;
use url::Url;

use super::{
    Outcome,
    outcome::Failure,
    output::{complain, tell},
    runtime,
};
use crate::settings::Settings;

/// How long an answer may take; those who ask have no more patience.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Exit with 0 if the service on this machine is ready, with 1 if it is not
#[derive(Debug, Args)]
pub(super) struct Healthcheck {
    /// The settings file that the service was started with
    #[arg(long, value_name = "FILE", env = "SERINUS_CONFIG")]
    config: Option<PathBuf>,
    /// The address that the service was told to listen on, if not by its settings
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// The service, if it is elsewhere
    #[arg(long, value_name = "URL", conflicts_with_all = ["config", "listen"])]
    url: Option<Url>,
}

impl Healthcheck {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let url = match self.url {
            Some(url) => url,
            None => {
                let listen = match self.listen {
                    Some(listen) => listen,
                    None => {
                        let settings = Settings::load(self.config.as_deref());
                        settings.map_err(Failure::usage)?.http.listen
                    }
                };
                Url::parse(&format!("http://{}", reachable(listen))).map_err(Failure::usage)?
            }
        };
        let ready = url.join("readyz").map_err(Failure::usage)?;
        runtime()?.block_on(async {
            let client = reqwest::Client::builder()
                .timeout(TIMEOUT)
                .no_proxy()
                .build()
                .map_err(Failure::infrastructure)?;
            Ok(match client.get(ready.clone()).send().await {
                Ok(answer) if answer.status().is_success() => {
                    tell(&format!("{ready}: ready"));
                    Outcome::Pass
                }
                Ok(answer) => {
                    complain(&format!("{ready}: {}", answer.status()));
                    Outcome::Fail
                }
                Err(error) => {
                    complain(&format!("{ready}: {}", error.without_url()));
                    Outcome::Fail
                }
            })
        })
    }
}

/// Where a service that listens there is reached from its own machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        SocketAddr::V4(_) | SocketAddr::V6(_) => listen.ip(),
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_listens_everywhere_is_asked_here() {
        for (listen, asked) in [
            ("0.0.0.0:8090", "127.0.0.1:8090"),
            ("[::]:8090", "[::1]:8090"),
            ("10.0.0.7:80", "10.0.0.7:80"),
        ] {
            let listen = listen.parse().unwrap();
            assert_eq!(reachable(listen).to_string(), asked);
        }
    }
}
