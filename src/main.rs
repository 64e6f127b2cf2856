//! The `serinus` program; see `serinus --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    serinus::cli::run()
}
