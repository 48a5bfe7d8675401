//! Programs that tests need and cargo does not bring: found, installed, or named as missing.

use std::path::Path;
use std::process::Command;

use crate::{output_of, run};

/// A program from outside.
pub(crate) struct Need {
    /// The program's name.
    pub(crate) program: &'static str,
    /// Where Debian keeps it, if not on the path: a folder with one more folder a version.
    pub(crate) beside: Option<(&'static str, &'static str)>,
    /// The Debian package that holds it.
    pub(crate) package: &'static str,
    /// What is not tested without it.
    pub(crate) proves: &'static str,
}

/// Everything the tests need.
pub(crate) const NEEDS: &[Need] = &[
    Need {
        program: "strace",
        beside: None,
        package: "strace",
        proves: "that a booking's intent is on the disk before its bytes are on the wire",
    },
    Need { program: "chromium", beside: None, package: "chromium", proves: "the console in a real browser" },
    // Named by the program that `crates/cluster` looks for, so that it can be told what is left out.
    Need {
        program: "initdb",
        beside: Some(("/usr/lib/postgresql", "bin")),
        package: "postgresql",
        proves: "on PostgreSQL, and with several nodes",
    },
];

/// Installs what is missing where that is possible, and gives back what is still missing.
pub(crate) fn fill(needs: &'static [Need]) -> Vec<&'static Need> {
    let missing: Vec<_> = needs.iter().filter(|need| !is_met(need)).collect();
    if missing.is_empty() || !may_install() {
        return missing;
    }
    let packages: Vec<_> = missing.iter().map(|need| need.package).collect();
    if let Err(error) = install(&packages) {
        eprintln!("apt-get could not install {}: {error:#}", packages.join(" "));
    }
    missing.into_iter().filter(|need| !is_met(need)).collect()
}

fn install(packages: &[&str]) -> anyhow::Result<()> {
    run(Command::new("apt-get").args(["update", "-q"]))?;
    let quiet = ["install", "-q", "-y", "--no-install-recommends"];
    run(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(quiet).args(packages))
}

/// Debian's installer is there and we are root. Nothing is tried with `sudo`: a password prompt in the middle of a
/// test run helps nobody.
fn may_install() -> bool {
    is_there("apt-get") && output_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn is_met(need: &Need) -> bool {
    let versions = need.beside.and_then(|(folder, _)| std::fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let below = need.beside.map_or("", |(_, below)| below);
    is_there(need.program) || versions.into_iter().any(|it| is_file(&it.path().join(below).join(need.program)))
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| is_file(&folder.join(program)))
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|it| it.is_file())
}
