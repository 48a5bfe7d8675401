//! The command line: one file per command, each a few lines from arguments to one intention to an answer.
//!
//! ```text
//! arguments ─► Cli ─► command ─► store, engine ─► Outcome │ error ─► exit code
//!                        └─► Output (people │ --json)
//! ```
//!
//! Commands decide nothing about shipments: they read the store or record a wish. Help texts are part of the product:
//! each says what the command does, what it never does, and shows a call.

mod address;
mod alarm;
mod audit;
mod chore;
mod context;
mod demo;
mod doctor;
mod doubt;
mod init;
mod key;
mod notify;
mod output;
mod ping;
mod plan;
mod probe;
mod reconcile;
mod resolve;
mod sandbox;
mod serve;
mod ship;
mod shipment;
mod site;
mod sync;
mod user;
mod webhook;
mod wish;

use std::io::Write as _;
use std::process::ExitCode;

use crate::store::{StoreError, Tenure};
use crate::telemetry;
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use context::{Context, Global};

/// How a command went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All well.
    Well,
    /// All well so far, and something waits for a person.
    Waiting,
}

const FAILED: u8 = 1;
const WAITING: u8 = 2;
const HELD_BY_ANOTHER: u8 = 3;

/// SYSPRO orders become UPS shipments: labels bought once, tracking numbers written back and read back.
#[derive(Debug, Parser)]
#[command(name = "ml-connector", version, propagate_version = true, max_term_width = 100, after_help = FIRST_STEPS)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const FIRST_STEPS: &str = "\
First steps with your own systems:
  ml-connector key new ml-connector.key         a master key, kept apart from the data
  ml-connector init --print > site.toml         a complete, commented site file; fill it in
  ml-connector site apply site.toml             checks it, seals its secrets, stores it
  ml-connector ping                             tries every connection, buys and writes nothing
  ml-connector site probe                       what is ready, and how your rules read it
  ml-connector shipment plan 100482             what would become of one order, without doing it
  ml-connector sync                             one cycle: read, plan, and book what was approved
  ml-connector serve                            the same for as long as it runs

Exit codes: 0 all well, 1 failed, 2 something waits for a person, 3 another process holds the data.";

#[derive(Debug, Subcommand)]
enum Command {
    /// See the whole product work on pretended systems; nothing else is needed
    Demo(demo::Demo),
    /// Write a commented site file to start from
    Init(init::Init),
    /// Work: poll, book, write back and track, until Ctrl-C
    Serve(serve::Serve),
    /// One cycle: read what is ready, do everything that is due, end
    Sync(sync::Sync),
    /// Sites: one SYSPRO company paired with one UPS account
    #[command(subcommand)]
    Site(site::Site),
    /// Try every connection of a site, rung by rung; buys and writes nothing
    Ping(ping::Ping),
    /// Is everything on this machine in order? Data, key, settings, printers, history
    Doctor(doctor::Doctor),
    /// Shipments: what is on its way, what waits for a person, and what to do about it
    #[command(subcommand)]
    Shipment(shipment::Shipment),
    /// Compare our labels with what UPS knows: Quantum View manifests and label recovery; changes nothing
    Reconcile(reconcile::Reconcile),
    /// The address book of SYSPRO's customers, checked at UPS
    #[command(subcommand)]
    Address(address::Address),
    /// Mail and webhooks: try them out, see what waits, send events again
    #[command(subcommand)]
    Notify(notify::Notify),
    /// What a person has to know of, once for each cause
    #[command(subcommand)]
    Alarm(alarm::Alarm),
    /// What runs by itself and when: readings of SYSPRO and the other periodic work of a site
    #[command(subcommand)]
    Chore(chore::Chore),
    /// The record of everything that happened to a shipment
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Who may use the console and the API, and as what
    #[command(subcommand)]
    User(user::User),
    /// The master key that seals passwords
    #[command(subcommand)]
    Key(key::Key),
    /// Pretended UPS and SYSPRO on this machine, to try everything without money
    Sandbox(sandbox::Sandbox),
}

/// Reads the command line, runs it, and gives the exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let outcome = start(cli);
    match outcome {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::Waiting) => ExitCode::from(WAITING),
        Err(error) => {
            complain(&error);
            ExitCode::from(code_of(&error))
        }
    }
}

/// Help and version are answers; anything else is a failure. Clap's own exit code for bad usage is 2, which here means
/// that something waits for a person.
fn usage(error: &clap::Error) -> ExitCode {
    // Nothing is left to do when the terminal is gone.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(FAILED),
    }
}

fn start(cli: Cli) -> anyhow::Result<Outcome> {
    telemetry::start(&cli.global.telemetry())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let context = Context::new(cli.global, tenure_of(&cli.command));
        let outcome = Box::pin(dispatch(&context, cli.command)).await;
        context.close().await;
        outcome
    })
}

/// Whoever works is a node; everybody else looks in, beside a node if the database allows it.
fn tenure_of(command: &Command) -> Tenure {
    match command {
        Command::Serve(_) => Tenure::Sole,
        Command::Sync(_) => Tenure::Free,
        _ => Tenure::Guest,
    }
}

async fn dispatch(context: &Context, command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Demo(it) => demo::run(context, it).await,
        Command::Init(it) => init::run(context, &it),
        Command::Serve(it) => serve::run(context, it).await,
        Command::Sync(it) => sync::run(context, it).await,
        Command::Site(it) => site::run(context, it).await,
        Command::Ping(it) => ping::run(context, it).await,
        Command::Doctor(it) => doctor::run(context, it).await,
        Command::Shipment(it) => shipment::run(context, it).await,
        Command::Reconcile(it) => reconcile::run(context, it).await,
        Command::Address(it) => address::run(context, it).await,
        Command::Notify(it) => notify::run(context, it).await,
        Command::Alarm(it) => alarm::run(context, it).await,
        Command::Chore(it) => chore::run(context, it).await,
        Command::Audit(it) => audit::run(context, it).await,
        Command::User(it) => user::run(context, it).await,
        Command::Key(it) => key::run(context, it).await,
        Command::Sandbox(it) => sandbox::run(context, it).await,
    }
}

fn complain(error: &anyhow::Error) {
    // Nothing is left to do when the terminal is gone.
    let _ = writeln!(std::io::stderr().lock(), "ml-connector: {error:#}");
}

fn code_of(error: &anyhow::Error) -> u8 {
    let busy = error.chain().any(|cause| matches!(cause.downcast_ref(), Some(StoreError::Busy { .. })));
    if busy { HELD_BY_ANOTHER } else { FAILED }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_is_described_and_shows_a_call() {
        fn look(command: &clap::Command, path: &str) {
            for below in command.get_subcommands().filter(|it| it.get_name() != "help") {
                let path = format!("{path} {}", below.get_name());
                assert!(below.get_about().is_some(), "{path} does not say what it does");
                if below.has_subcommands() {
                    look(below, &path);
                    continue;
                }
                let shown = below.get_after_help().map(ToString::to_string).unwrap_or_default();
                let call = path.trim_start();
                assert!(shown.contains(call), "the help of `{call}` shows no call");
                for argument in below.get_arguments() {
                    assert!(argument.get_help().is_some(), "{path}: {} is not explained", argument.get_id());
                }
            }
        }
        look(&Cli::command(), "ml-connector");
    }

    #[test]
    fn a_held_data_directory_has_its_own_exit_code() {
        let busy = anyhow::Error::from(StoreError::Busy { folder: "data".into() }).context("site list");
        assert_eq!(code_of(&busy), HELD_BY_ANOTHER);
        assert_eq!(code_of(&anyhow::anyhow!("anything else")), FAILED);
    }
}
