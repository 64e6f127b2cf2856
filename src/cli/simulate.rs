//! `serinus simulate`: simulated releases, live for a real Prometheus to scrape, or as files.

mod cases;
mod export;
mod live;

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serinus_simulator::{Release, Role, Scenario, Weight};

use self::export::{Form, Span};
use super::{Outcome, outcome::Failure};

/// Serve the metrics of a simulated release for a Prometheus to scrape, or write them to files
#[derive(Debug, Args)]
#[command(after_help = scenarios())]
pub(super) struct Simulate {
    /// What the canary is like [default: healthy]; may be repeated with `--export cases`, where the default is all
    #[arg(long = "scenario", value_name = "NAME")]
    scenarios: Vec<Scenario>,
    /// Which side of the release this is
    #[arg(
        long,
        value_name = "baseline|canary",
        required_unless_present = "export"
    )]
    role: Option<Role>,
    /// Another seed gives another, equally likely course
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The release's share of the service's 1,200 requests per second, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = Weight::default())]
    weight: Weight,
    /// The address to serve /metrics on
    #[arg(
        long,
        value_name = "ADDR",
        default_value = "127.0.0.1:9101",
        conflicts_with = "export"
    )]
    listen: SocketAddr,
    /// Write a file instead of serving; the canary is deployed when the time it is about begins
    #[arg(long, value_enum, value_name = "FORM")]
    export: Option<Form>,
    /// The file [default: standard output]
    #[arg(long, value_name = "FILE", requires = "export")]
    out: Option<PathBuf>,
    /// How much time the file is about
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "1h",
        requires = "export"
    )]
    duration: SignedDuration,
    /// Up to when, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", requires = "export")]
    end: Option<Timestamp>,
    /// From one sample to the next [default: 60s, and 15s for openmetrics]
    #[arg(long, value_name = "DURATION", requires = "export")]
    step: Option<SignedDuration>,
    /// The application; the jobs in openmetrics are called after it and the role
    #[arg(long, value_name = "NAME", default_value = "shop", requires = "export")]
    application: String,
    /// With `--export cases`: rollouts of each scenario, with the seeds from `--seed` on
    #[arg(long, value_name = "NUMBER", default_value_t = 10, requires = "export")]
    rollouts: u16,
}

fn scenarios() -> String {
    let lines: Vec<_> = Scenario::ALL
        .iter()
        .map(|scenario| format!("  {:20} {}", scenario.to_string(), scenario.description()))
        .collect();
    format!("Scenarios:\n{}", lines.join("\n"))
}

impl Simulate {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        match self.export {
            Some(form) => self.export(form),
            None => {
                let role = self.role.unwrap_or(Role::Canary);
                live::serve(self.release(role)?, self.listen)
            }
        }
    }

    fn export(self, form: Form) -> Result<Outcome, Failure> {
        let usual_step = match form {
            Form::Openmetrics => SignedDuration::from_secs(15),
            Form::Csv | Form::Cases => SignedDuration::from_secs(60),
        };
        let end = self.end.unwrap_or_else(Timestamp::now);
        let span = Span::new(end, self.duration, self.step.unwrap_or(usual_step))?;
        let out = self.out.as_deref();
        match form {
            Form::Openmetrics => {
                let canary = self.release(Role::Canary)?.deployed_at(span.start);
                let sides = export::sides(canary, self.role);
                export::write(out, |to| {
                    export::openmetrics(&self.application, &sides, span, to)
                })?;
            }
            Form::Csv => {
                let role = self.role.ok_or_else(|| {
                    Failure::usage("--export csv needs --role: a file holds one side")
                })?;
                let release = self.release(role)?.deployed_at(span.start);
                export::write(out, |to| export::csv(release, span, to))?;
            }
            Form::Cases => {
                let seeds = self.seed..self.seed.saturating_add(u64::from(self.rollouts));
                let weight = self.weight;
                let scenarios = cases::labelled(self.scenarios)?;
                export::write(out, |to| {
                    for scenario in scenarios {
                        for seed in seeds.clone() {
                            let canary = Release::new(scenario, Role::Canary, seed);
                            cases::write(canary.with_weight(weight), span, to)?;
                        }
                    }
                    Ok(())
                })?;
            }
        }
        Ok(Outcome::Pass)
    }

    /// The one release that the arguments name.
    fn release(&self, role: Role) -> Result<Release, Failure> {
        let scenario = match self.scenarios[..] {
            [] => Scenario::Healthy,
            [scenario] => scenario,
            _ => {
                return Err(Failure::usage(
                    "several scenarios need --export cases; everything else is about one",
                ));
            }
        };
        Ok(Release::new(scenario, role, self.seed).with_weight(self.weight))
    }
}
