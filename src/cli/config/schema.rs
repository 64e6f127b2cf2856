//! `serinus config schema`: the config language for editors.

use clap::Args;

use super::super::{Outcome, outcome::Failure, output};
use crate::canary_config::schema;

/// Print the JSON Schema of canary configs
#[derive(Debug, Args)]
pub(super) struct Schema;

impl Schema {
    #[expect(clippy::unused_self, reason = "commands are run in one way")]
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let schema = schema().map_err(Failure::infrastructure)?;
        let text = serde_json::to_string_pretty(&schema).map_err(Failure::infrastructure)?;
        output::print(&(text + "\n"));
        Ok(Outcome::Pass)
    }
}
