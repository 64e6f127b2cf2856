//! The command line: one file per command.

mod analyze;
mod client;
mod config;
mod demo;
mod evaluate;
mod gate;
mod github;
mod healthcheck;
mod judge;
mod migrate;
mod openapi;
mod outcome;
mod output;
mod serve;
mod simulate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use outcome::Outcome;

/// Automated canary analysis: compares a canary with its baseline and answers promote, hold or roll back.
#[derive(Debug, Parser)]
#[command(name = "serinus", version, after_help = outcome::EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the HTTP API
    Serve(serve::Serve),
    /// Run three simulated canaries and show their scorecards, or watch and decide about simulated releases
    Demo(demo::Demo),
    /// Serve the metrics of a simulated release for a Prometheus to scrape, or write them to files
    Simulate(simulate::Simulate),
    /// Judge samples from files, without a server
    Judge(judge::Judge),
    /// Have a server analyse a canary, wait for the verdict, and exit with it
    Analyze(Box<analyze::Analyze>),
    /// Show what would have been decided here about runs of a Kayenta
    Migrate(migrate::Migrate),
    /// Measure judges on labelled cases
    Evaluate(evaluate::Evaluate),
    /// Import, check and show canary configs
    Config(config::Config),
    /// Exit with 0 if the service on this machine is ready, with 1 if it is not
    Healthcheck(healthcheck::Healthcheck),
    /// Print the OpenAPI document
    Openapi(openapi::Openapi),
}

/// Reads the arguments and does what they say.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Serve(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Simulate(command) => command.run(),
        Command::Judge(command) => command.run(),
        Command::Analyze(command) => command.run(),
        Command::Migrate(command) => command.run(),
        Command::Evaluate(command) => command.run(),
        Command::Config(command) => command.run(),
        Command::Healthcheck(command) => command.run(),
        Command::Openapi(command) => command.run(),
    };
    done.unwrap_or_else(|failure| {
        output::complain(&failure.to_string());
        failure.outcome()
    })
    .into()
}

/// The runtime that commands with I/O run on.
fn runtime() -> Result<tokio::runtime::Runtime, outcome::Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            outcome::Failure::infrastructure(format!("the runtime does not start: {error}"))
        })
}

/// Resolves when the process is asked to end: by SIGTERM from an orchestrator, or SIGINT from a person.
async fn asked_to_end() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be listened for");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
