//! `serinus openapi`: the API's description.

use clap::Args;

use super::{Outcome, outcome::Failure, output};
use crate::api;

/// Print the OpenAPI document
#[derive(Debug, Args)]
pub(super) struct Openapi {}

impl Openapi {
    #[expect(clippy::unused_self, reason = "every command has the same form")]
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let json = api::document()
            .to_pretty_json()
            .map_err(Failure::infrastructure)?;
        output::print(&(json + "\n"));
        Ok(Outcome::Pass)
    }
}
