//! `init`: a site file to start from.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use crate::config::SiteFile;
use anyhow::Context as _;
use clap::Args;

use super::Outcome;
use super::context::Context;

/// Write a commented site file to start from.
#[derive(Debug, Args)]
#[command(after_help = "\
Every key is in the file, with its default and what it is for; secrets are named, never written into it. \
A file that exists is not overwritten.

  ml-connector init                     writes site.toml
  ml-connector init sites/oakland.toml
  ml-connector init --print | less")]
pub(crate) struct Init {
    /// Where to write it
    #[arg(default_value = "site.toml")]
    file: PathBuf,
    /// Write it to standard output instead
    #[arg(long)]
    print: bool,
}

pub(crate) fn run(context: &Context, init: &Init) -> anyhow::Result<Outcome> {
    if init.print {
        context.out.raw(SiteFile::TEMPLATE);
        return Ok(Outcome::Well);
    }
    let name = init.file.display();
    let mut file = OpenOptions::new().write(true).create_new(true).open(&init.file).with_context(|| {
        format!("{name} cannot be written anew; name another file, or use `ml-connector init --print`")
    })?;
    file.write_all(SiteFile::TEMPLATE.as_bytes()).with_context(|| format!("{name} cannot be written"))?;
    context.out.value(&serde_json::json!({ "written": init.file }))?;
    context.out.say(format!("{name} is written. Fill it in, then:\n  ml-connector site apply {name}"));
    Ok(Outcome::Well)
}
