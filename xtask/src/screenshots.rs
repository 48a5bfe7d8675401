//! `cargo xtask screenshots`: every page of the console as a picture, to be looked at.
//!
//! The browser tests that open every page and walk the first run take them on their way, so a picture shows what the tests saw.

use anyhow::Result;

use crate::cargo;

/// Where the test puts its pictures; without it none are taken.
const FOLDER: &str = "ML_CONNECTOR_SCREENSHOTS";

/// Takes the pictures.
pub(crate) fn run() -> Result<()> {
    let folder = crate::target_folder()?.join("screenshots");
    std::fs::create_dir_all(&folder)?;
    let words = ["test", "-p", "ml-connector", "--test", "console", "--", "every_page", "beginning"];
    crate::run(cargo().args(words).env(FOLDER, &folder))?;
    println!("pictures are in {}", folder.display());
    Ok(())
}
