//! `init`: a site file to start from, or a template for one of SYSPRO's documents.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use crate::config::SiteFile;
use anyhow::{Context as _, anyhow};
use clap::Args;
use syspro::Templates;

use super::Outcome;
use super::context::Context;

/// Write a commented site file to start from.
#[derive(Debug, Args)]
#[command(after_help = "\
Every key is in the file, with its default and what it is for; secrets are named, never written into it. \
A file that exists is not overwritten.

  ml-connector init                     writes site.toml
  ml-connector init sites/oakland.toml
  ml-connector init --print | less
  ml-connector init --template SORTDH templates/SORTDH.xml     a document of SYSPRO's, see [syspro] templates")]
pub(crate) struct Init {
    /// Where to write it; site.toml, or NAME.xml for a template, if nothing is said
    file: Option<PathBuf>,
    /// Write the shipped template of a business object instead
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// Write it to standard output instead
    #[arg(long)]
    print: bool,
}

pub(crate) fn run(context: &Context, init: &Init) -> anyhow::Result<Outcome> {
    let (text, file, then) = match &init.template {
        None => (SiteFile::TEMPLATE, "site.toml".to_owned(), "Fill it in, then:\n  ml-connector site apply FILE"),
        Some(name) => {
            let text = Templates::shipped_text(name).ok_or_else(|| {
                let known = Templates::names().collect::<Vec<_>>().join(", ");
                anyhow!("there is no template {name}; there are {known}")
            })?;
            let then = "Change it, name its folder in the site file as [syspro] templates, then apply that file again";
            (text, format!("{}.xml", name.to_ascii_uppercase()), then)
        }
    };
    if init.print {
        context.out.raw(text);
        return Ok(Outcome::Well);
    }
    let path = init.file.clone().unwrap_or_else(|| file.into());
    let name = path.display();
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).with_context(|| {
        format!("{name} cannot be written anew; name another file, or use `ml-connector init --print`")
    })?;
    file.write_all(text.as_bytes()).with_context(|| format!("{name} cannot be written"))?;
    context.out.value(&serde_json::json!({ "written": path }))?;
    context.out.say(format!("{name} is written. {}", then.replace("FILE", &name.to_string())));
    Ok(Outcome::Well)
}
