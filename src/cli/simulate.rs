//! `serinus simulate`: a simulated application that a real Prometheus can scrape.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Mutex, PoisonError},
};

use actix_web::{App, HttpResponse, HttpServer, get, web::Data};
use clap::Args;
use jiff::Timestamp;
use serinus_simulator::{Exporter, Release, Role, Scenario};

use super::{Outcome, asked_to_end, outcome::Failure, output, runtime};

/// Serve the metrics of a simulated application, for a Prometheus to scrape
#[derive(Debug, Args)]
#[command(after_help = scenarios())]
pub(super) struct Simulate {
    /// The address to serve /metrics on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9101")]
    listen: SocketAddr,
    /// What the release is like
    #[arg(long, value_name = "NAME", default_value = "healthy")]
    scenario: Scenario,
    /// Which side of the release this is
    #[arg(long, value_name = "baseline|canary")]
    role: Role,
    /// Another seed gives another, equally likely course
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn scenarios() -> String {
    let lines: Vec<_> = Scenario::ALL
        .iter()
        .map(|scenario| format!("  {:20} {}", scenario.to_string(), scenario.description()))
        .collect();
    format!("Scenarios:\n{}", lines.join("\n"))
}

#[get("/metrics")]
async fn metrics(exporter: Data<Mutex<Exporter>>) -> HttpResponse {
    let mut exporter = exporter.lock().unwrap_or_else(PoisonError::into_inner);
    exporter.advance_to(Timestamp::now().as_second());
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(exporter.render())
}

impl Simulate {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let failed =
            |error| Failure::infrastructure(format!("cannot serve on {}: {error}", self.listen));
        let release = Release::new(self.scenario, self.role, self.seed);
        let exporter = Data::new(Mutex::new(Exporter::new(
            release,
            Timestamp::now().as_second(),
        )));
        runtime()?.block_on(async {
            let listener = TcpListener::bind(self.listen).map_err(failed)?;
            let address = listener.local_addr().map_err(failed)?;
            let server =
                HttpServer::new(move || App::new().app_data(exporter.clone()).service(metrics))
                    .workers(1)
                    .disable_signals()
                    .listen(listener)
                    .map_err(failed)?
                    .run();
            let handle = server.handle();
            output::tell(&format!(
                "{} {} at http://{address}/metrics",
                self.scenario, self.role
            ));
            tokio::pin!(server);
            tokio::select! {
                served = &mut server => served.map_err(failed)?,
                () = asked_to_end() => {
                    let (served, ()) = tokio::join!(server, handle.stop(true));
                    served.map_err(failed)?;
                }
            }
            Ok(Outcome::Pass)
        })
    }
}
