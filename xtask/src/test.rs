//! `cargo xtask test`: every test of the workspace with all its set-up.
//!
//! A test that cannot run is never silently passed: it is named before and after, and with `CI=true` it is a failure.

use anyhow::{Result, bail};

use crate::cargo;
use crate::need::{self, NEEDS, Need};

/// What tests read to know which programs are left out on purpose, separated by blanks.
const LEFT_OUT: &str = "ML_CONNECTOR_LEFT_OUT";

/// Runs the tests; `arguments` go to `cargo test`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let missing = need::fill(NEEDS);
    tell(&missing);
    if !missing.is_empty() && in_ci() {
        bail!("with CI=true nothing may be left out");
    }
    let programs: Vec<_> = missing.iter().map(|need| need.program).collect();
    let words = ["test", "--workspace", "--locked"];
    crate::run(cargo().args(words).args(arguments).env(LEFT_OUT, programs.join(" ")))?;
    tell(&missing);
    Ok(())
}

fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|it| it == "true")
}

fn tell(missing: &[&Need]) {
    for need in missing {
        let Need { program, package, proves, .. } = need;
        eprintln!("LEFT OUT: {program} is not installed, so it is not tested {proves}.");
        eprintln!("          `apt-get install {package}` as root brings it.");
    }
}
