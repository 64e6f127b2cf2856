//! A simulated release whose metrics change while it is watched.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Mutex, PoisonError},
};

use actix_web::{App, HttpResponse, HttpServer, get, web::Data};
use jiff::Timestamp;
use serinus_simulator::{Exporter, Release};

use crate::cli::{Outcome, asked_to_end, outcome::Failure, output, runtime};

#[get("/metrics")]
async fn metrics(exporter: Data<Mutex<Exporter>>) -> HttpResponse {
    let mut exporter = exporter.lock().unwrap_or_else(PoisonError::into_inner);
    exporter.advance_to(Timestamp::now().as_second());
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(exporter.render())
}

/// Serves the metrics of a release that is deployed now, until the process is asked to end.
pub(super) fn serve(release: Release, address: SocketAddr) -> Result<Outcome, Failure> {
    let failed = |error| Failure::infrastructure(format!("cannot serve on {address}: {error}"));
    let now = Timestamp::now().as_second();
    let exporter = Exporter::new(release.deployed_at(now), now);
    let exporter = Data::new(Mutex::new(exporter));
    runtime()?.block_on(async {
        let listener = TcpListener::bind(address).map_err(failed)?;
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
            release.scenario, release.role
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
