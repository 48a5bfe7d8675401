//! What this repository does to itself.
//!
//! ```text
//! cargo xtask test    what is missing ─► apt-get │ said loudly ─► cargo test --workspace
//! cargo xtask check   cargo tree ─► licences, banned crates, who may depend on whom
//! cargo xtask demo    the built binary ─► its last line ─► do the numbers add up?
//! cargo xtask guarantees   the crash matrix and the random walks ─► what they counted
//! cargo xtask screenshots   the browser tests' world ─► a picture of every page
//! cargo xtask bench   the release binary beside its sandbox ─► counted figures
//! ```
//!
//! `.ci/run` is these three and the linters; nothing is done there that a contributor cannot do here.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program's purpose is to talk to a terminal")]

mod bench;
mod check;
mod demo;
mod guarantees;
mod need;
mod screenshots;
mod test;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

const HELP: &str = "\
cargo xtask <task>

  test [args]   all tests of the workspace; installs what they need from Debian's packages where it may,
                says what is left out where it may not, and with CI=true leaves nothing out.
                The arguments go to `cargo test`, e.g. `cargo xtask test a_lost_answer`
  check         licences, banned crates, and which of our crates may depend on what
  demo          the demo with the binary that the tests built, on a good and on a bad day;
                fails unless every order is accounted for and no label was bought twice
  guarantees [seconds]
                the proof of docs/guarantees.md again: the crash matrix, and random walks for so many seconds (180)
                on each database; prints what they counted
  screenshots   a picture of every page of the console, 1440 and 820 pixels wide, in target/screenshots
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((task, rest)) if task == "test" => test::run(rest),
        Some((task, [])) if task == "check" => check::run(),
        Some((task, [])) if task == "demo" => demo::run(),
        Some((task, rest)) if task == "guarantees" => guarantees::run(rest),
        Some((task, [])) if task == "screenshots" => screenshots::run(),
        Some((task, rest)) if task == "bench" => bench::run(rest),
        Some((task, _)) if task != "help" && task != "--help" => {
            eprintln!("no task is called {task:?}\n\n{HELP}{}", bench::HELP);
            return ExitCode::from(2);
        }
        _ => {
            println!("{HELP}{}", bench::HELP);
            return ExitCode::SUCCESS;
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Cargo itself, as it called us.
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command in view of the person and wants it to succeed.
fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command.status().with_context(|| format!("`{}` cannot be started", shown(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Our program in cargo's own target folder, as that profile built it.
fn program(profile: &str) -> Result<PathBuf> {
    Ok(target_folder()?.join(profile).join(format!("ml-connector{}", std::env::consts::EXE_SUFFIX)))
}

/// Cargo's own target folder.
fn target_folder() -> Result<PathBuf> {
    let words = ["metadata", "--no-deps", "--format-version", "1", "--locked"];
    let metadata: Value = serde_json::from_str(&output_of(cargo().args(words))?)?;
    let target = metadata.get("target_directory").and_then(Value::as_str).context("cargo names no target folder")?;
    Ok(PathBuf::from(target))
}

/// What a command says on its standard output.
fn output_of(command: &mut Command) -> Result<String> {
    // What is read by a program has no colours, whatever the terminal is told to show.
    let output = command.env("CARGO_TERM_COLOR", "never").output();
    let output = output.with_context(|| format!("`{}` cannot be started", shown(command)))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}: {words}", shown(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` does not answer in UTF-8", shown(command)))
}

fn shown(command: &Command) -> String {
    let name = std::path::Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
