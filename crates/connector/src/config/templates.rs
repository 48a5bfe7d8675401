//! A site's own templates for SYSPRO's documents: read from the folder that its file names, and checked.
//!
//! ```text
//! site apply: [syspro] templates ─► every *.xml ─► checked against what will be filled in ─► store, with the settings
//! any node:   store ─► syspro::Templates ─► the site's client
//! ```
//!
//! The folder is looked at only when the site is applied, so a node without it works all the same, and what was in force
//! when a shipment was written back can be looked up by its version. A fault names file and line.

use std::path::Path;

use syspro::Templates;

use super::{ConfigError, Site};

/// The texts of the site's own templates, by the names of those they replace; none without a folder.
///
/// # Errors
/// When the folder or a file cannot be read, or a template cannot be used; it names the file and the line.
pub fn templates_of(site: &Site, base: &Path) -> Result<Vec<(String, String)>, ConfigError> {
    let Some(folder) = &site.syspro.templates else { return Ok(Vec::new()) };
    let fault = |error: syspro::Error| ConfigError {
        key: "syspro.templates".to_owned(),
        line: None,
        what: "a template cannot be used".to_owned(),
        why: error.to_string(),
        cure: "correct the file; `ml-connector init --template NAME` writes the shipped one to compare with".to_owned(),
    };
    let templates = Templates::from_folder(&base.join(folder)).map_err(fault)?;
    templates.check().map_err(fault)?;
    Ok(templates.own().map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
}
