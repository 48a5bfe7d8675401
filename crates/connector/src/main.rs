//! The one program: reads the command line, runs one command, says how it went.
//!
//! Exit codes: 0 all well, 1 failed, 2 something waits for a person, 3 another process holds the data.

use std::process::ExitCode;

fn main() -> ExitCode {
    connector::cli::main()
}
