//! The disk is full, somewhere in the middle.
//!
//! ```text
//! documents ready ─► sync under a limit on the size of files ─► every write beyond it fails ─► room again ─► judge
//! ```
//!
//! A file system of a few kilobytes would need root. A limit on file sizes (`prlimit --fsize`, with its signal ignored)
//! needs nothing: the system call that would write beyond it fails, and that is all a program ever sees of a full disk.
//! It hits the database's log and the label files alike. What it does not stand for is a disk that lies: a write that was
//! promised and is lost is beyond anything a program can mend.

#![cfg(target_os = "linux")]

use std::process::Command;

use anyhow::ensure;

use crate::judge::judge;
use crate::world::{By, Manner, World};
use crate::{all_hold, child};

/// Where the disk ends, in kilobytes of any one file: from a log that takes nothing to one that takes nearly everything.
const ROOM: [u64; 8] = [4, 40, 90, 150, 220, 300, 400, 520];

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_costs_neither_a_label_nor_a_number() {
    all_hold("a full disk", ROOM.into_iter().map(|room| (format!("{room} kB of room"), move || runs_out_of(room))))
        .await;
}

async fn runs_out_of(room: u64) -> anyhow::Result<()> {
    let world = World::open(By::Process, Manner::default()).await?;
    let ended = child::run(limited(&world.command(&["sync", "--json"]), room * 1024)).await?;
    match ended.status.code() {
        Some(0 | 2) => {}
        Some(1) => {
            let told = ended.err.contains("database") || ended.err.contains("data directory");
            ensure!(told, "it does not say what failed: {}", ended.err);
        }
        _ => anyhow::bail!("sync ended with {}: {}", ended.status, ended.err),
    }
    ensure!(!ended.err.contains("panicked"), "{}", ended.err);
    world.release("702", sandbox::world::WAREHOUSE, 1);
    world.until_quiet().await?;
    // Logging off is told to SYSPRO before it is stored, and logging on is stored afterwards.
    judge(&world, 1).await
}

/// The same command, unable to write any file beyond so many bytes.
fn limited(command: &Command, bytes: u64) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", "prlimit", &format!("--fsize={bytes}")]);
    limited.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
}
