//! `serinus demo`: the first minute with the product.

mod automatic;
mod browser;
mod interactive;
mod rollout;
mod staged;
mod style;
mod tally;

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serinus_simulator::{Role, Scenario};

use super::{Outcome, asked_to_end, client::Client, outcome::Failure, output, runtime, serve};
use crate::{
    analysis::{AnalysisRequest, ConfigRef, Scope, Summary, SummaryState, WindowRequest},
    canary_config::Name,
    report,
    server::Server,
    settings::{DEFAULT_LISTEN, Settings, StateSettings},
    telemetry::{self, LogFormat},
};

/// The three releases, each with the application's name it is shown under.
const RELEASES: [(&str, Scenario); 3] = [
    ("healthy-release", Scenario::Healthy),
    ("slower-release", Scenario::LatencyRegression),
    ("hardly-used-release", Scenario::LowTraffic),
];

/// The hour that is compared. It is always the same one, so that the demo shows the same numbers every time.
const START: &str = "2026-01-14T09:00:00Z";

/// Run three simulated canaries and show their scorecards, or watch and decide about simulated releases
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// End after the scorecards or the rollouts instead of staying up
    #[arg(long)]
    once: bool,
    /// Leave the browser alone
    #[arg(long)]
    no_open: bool,
    /// Decide yourself about releases of which you do not know what they are like
    #[arg(long, conflicts_with = "once")]
    interactive: bool,
    /// Take a good and a bad release through the stages of a rollout
    #[arg(long, conflicts_with = "interactive")]
    rollout: bool,
    /// Let the verdicts decide about so many of them, and show what they really were
    #[arg(long, value_name = "RELEASES", num_args = 0..=1, default_missing_value = "12",
          value_parser = clap::value_parser!(u32).range(1..=1000), conflicts_with_all = ["once", "rollout"])]
    auto: Option<u32>,
    /// Another seed gives other releases
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The address to listen on
    #[arg(long, value_name = "ADDR", help = format!("The address to listen on [default: {DEFAULT_LISTEN}, or a free port]"))]
    listen: Option<SocketAddr>,
}

/// What is shown.
#[derive(Debug, Clone, Copy)]
enum Show {
    Scorecards(Afterwards),
    Interactive,
    Automatic { releases: u32 },
    Rollouts(Afterwards),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Afterwards {
    StayUp,
    End,
}

impl Demo {
    fn show(&self) -> Show {
        let afterwards = if self.once {
            Afterwards::End
        } else {
            Afterwards::StayUp
        };
        match self.auto {
            Some(releases) => Show::Automatic { releases },
            None if self.rollout => Show::Rollouts(afterwards),
            None if self.interactive => Show::Interactive,
            None => Show::Scorecards(afterwards),
        }
    }

    pub(super) fn run(self) -> Result<Outcome, Failure> {
        // The demo's own output is the point; RUST_LOG still shows what happens below it.
        let _telemetry = telemetry::start(LogFormat::Text, "warn");
        runtime()?.block_on(self.serve_and_show())
    }

    async fn serve_and_show(self) -> Result<Outcome, Failure> {
        let mut settings = Settings::default();
        settings.simulator.enabled = true;
        settings.state = StateSettings::Memory;
        settings.http.listen = self
            .listen
            .unwrap_or_else(|| default_or_free(settings.http.listen));
        // Simulated releases are nobody's secret.
        settings.access.open_to_all = true;
        settings.http.grace = SignedDuration::from_secs(2);
        let server = Server::bind(&settings).map_err(serve::failure)?;
        let url = server.url().to_owned();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = server.run(async {
            // A dropped sender means the same as a message: the demo is over.
            let _over = stopped.await.is_ok();
        });
        let show = async {
            let shown = self.run_show(&url).await;
            let _served_already = stop.send(()).is_ok();
            shown.map(|()| Outcome::Pass)
        };
        let (served, shown) = tokio::join!(serving, show);
        served.map_err(serve::failure)?;
        shown
    }

    async fn run_show(&self, url: &str) -> Result<(), Failure> {
        let client = Client::new(url, None)?;
        match self.show() {
            Show::Interactive => interactive::run(&client, self.seed).await,
            Show::Automatic { releases } => automatic::run(&client, self.seed, releases).await,
            Show::Rollouts(afterwards) => {
                let page = format!("{url}/ui/rollouts");
                announce(afterwards, "rollouts", &page);
                staged::run(&client, self.seed).await?;
                self.stay(afterwards, url, &page).await;
                Ok(())
            }
            Show::Scorecards(afterwards) => {
                let page = format!("{url}/ui");
                announce(afterwards, "runs", &page);
                show(&client, url).await?;
                self.stay(afterwards, url, &page).await;
                Ok(())
            }
        }
    }

    /// Opens a page and serves it until somebody ends the demo, if it is to stay up.
    async fn stay(&self, afterwards: Afterwards, url: &str, page: &str) {
        match afterwards {
            Afterwards::End => {}
            Afterwards::StayUp => {
                if !self.no_open {
                    browser::open(page);
                }
                output::tell(&format!(
                    "\nServing at {url} (see {page} and {url}/docs/). Press Ctrl-C to end."
                ));
                asked_to_end().await;
            }
        }
    }
}

/// Says where what is shown can be seen, if it will stay there.
fn announce(afterwards: Afterwards, what: &str, page: &str) {
    match afterwards {
        Afterwards::End => {}
        Afterwards::StayUp => output::tell(&format!("See the {what} at {page}\n")),
    }
}

/// The default address, or a free port beside it if the default one is taken.
fn default_or_free(default: SocketAddr) -> SocketAddr {
    match TcpListener::bind(default) {
        Ok(_) => default,
        Err(_) => SocketAddr::new(default.ip(), 0),
    }
}

/// Runs the three analyses through the API, as a pipeline would, and prints their scorecards.
async fn show(client: &Client, url: &str) -> Result<(), Failure> {
    output::tell(&format!(
        "Three simulated canaries, compared over one hour by the service at {url}:\n"
    ));
    let mut started = Vec::new();
    for (application, scenario) in RELEASES {
        started.push((
            scenario,
            client
                .create(&request(application, scenario)?, None)
                .await?,
        ));
    }
    let followed = started.into_iter().map(|(scenario, summary)| async move {
        let ended: Summary = client
            .follow(summary, SignedDuration::from_mins(2), output::tell)
            .await?;
        Ok::<_, Failure>((scenario, ended))
    });
    let ended = futures_util::future::try_join_all(followed).await?;
    for (scenario, summary) in ended {
        if summary.state != SummaryState::Succeeded {
            return Err(Failure::infrastructure(format!(
                "{}: {}",
                summary.application, summary.reason
            )));
        }
        let scorecard = client.scorecard(&summary.id).await?;
        output::print(&format!(
            "\n=== {}: {}\n\n",
            summary.application,
            scenario.description()
        ));
        output::print(&report::text(&scorecard, output::colour()));
    }
    Ok(())
}

fn request(application: &str, scenario: Scenario) -> Result<AnalysisRequest, Failure> {
    let name = |text: &str| Name::try_from(text.to_owned()).map_err(Failure::usage);
    let scope = |role: Role| Scope {
        scope: role.to_string(),
        params: BTreeMap::from([("scenario".to_owned(), scenario.to_string())]),
        ..Scope::default()
    };
    let start: Timestamp = START.parse().map_err(Failure::usage)?;
    Ok(AnalysisRequest {
        application: name(application)?,
        config: ConfigRef::Name(name("simulated")?),
        baseline: Some(scope(Role::Baseline)),
        canary: Some(scope(Role::Canary)),
        scopes: BTreeMap::new(),
        looks: None,
        window: WindowRequest {
            start: Some(start),
            end: Some(start + SignedDuration::from_hours(1)),
            ..WindowRequest::default()
        },
        step: None,
        thresholds: None,
        labels: BTreeMap::new(),
        callbacks: Vec::new(),
    })
}
