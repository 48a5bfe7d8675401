//! Calls by template: asking, posting, and reading back what was written.
//!
//! ```text
//! Slots ─► Template ─► documents ─► query · fetch · post · setup ─► Element · Posted
//!              └─ its proofs ─► queries filled from the same item ─► ReadBack…
//! ```
//!
//! The business objects of this crate go this way, and so can a site's own: load a [`Template`] with the slots you offer
//! and [`Enet::submit`] it.

use crate::answer::Posted;
use crate::enet::{Enet, SetupVerb};
use crate::error::Error;
use crate::session::Token;
use crate::template::{ReadBack, Slots, Template, TemplateCall};
use crate::xml::Element;

/// How a changing document is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Posting {
    /// Only say whether it would be accepted.
    pub validate_only: bool,
    /// What becomes of items that SYSPRO warns about.
    pub on_warning: OnWarning,
}

/// What becomes of items that SYSPRO warns about (`IgnoreWarnings`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnWarning {
    /// They are applied and the warnings reported (`W`).
    #[default]
    Report,
    /// They are applied without a word (`Y`); for objects that do not know `W`.
    Ignore,
    /// They are refused (`N`).
    Refuse,
}

impl Posting {
    /// Only say whether the document would be accepted.
    pub fn dry_run() -> Self {
        Self { validate_only: true, ..Self::default() }
    }

    /// The slots which every changing template is offered.
    pub fn slots(self) -> Slots {
        let warnings = match self.on_warning {
            OnWarning::Report => "W",
            OnWarning::Ignore => "Y",
            OnWarning::Refuse => "N",
        };
        Slots::new().with("validate_only", yes(self.validate_only)).with("ignore_warnings", warnings)
    }
}

pub(crate) fn yes(yes: bool) -> &'static str {
    if yes { "Y" } else { "N" }
}

impl Enet {
    /// The template used for a business object: the site's own, else the shipped one.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is none of that name.
    pub fn template(&self, name: &str) -> Result<&Template, Error> {
        self.library().get(name)
    }

    /// Posts or sets up by a template.
    ///
    /// # Errors
    /// Those of [`Enet::post`] or [`Enet::setup`]; [`Error::Invalid`] if values and template do not fit, or if the
    /// template is one of a query.
    pub async fn submit(&self, token: &Token, template: &Template, slots: &Slots) -> Result<Posted, Error> {
        self.submit_as(token, template, None, slots).await
    }

    /// [`Self::submit`] with another setup verb than the template's own.
    pub(crate) async fn submit_as(
        &self,
        token: &Token,
        template: &Template,
        verb: Option<SetupVerb>,
        slots: &Slots,
    ) -> Result<Posted, Error> {
        if !template.section().is_empty() && slots.records(template.section()).is_empty() {
            return Err(Error::invalid(template.object(), "the document has no items"));
        }
        let written = template.write(slots)?;
        let documents = (&written.parameters, &written.document);
        match (template.call(), verb) {
            (TemplateCall::Post, _) => {
                self.post_items(token, template.object(), documents.0, documents.1, &written.keys).await
            }
            (TemplateCall::Setup(_), Some(verb)) | (TemplateCall::Setup(verb), None) => {
                self.setup_items(token, verb, template.object(), documents, &written.keys).await
            }
            (TemplateCall::Query | TemplateCall::Fetch, _) => Err(not_for(template, "changes nothing")),
        }
    }

    /// How many of the leading items one call can carry: all over SOAP; over REST as many as fit into an address, or all
    /// where PostLD takes long posts. Zero if not even one fits.
    ///
    /// # Errors
    /// [`Error::Invalid`] if values and template do not fit.
    pub fn how_many_fit(
        &self,
        token: &Token,
        template: &Template,
        posting: &Slots,
        items: &[Slots],
    ) -> Result<usize, Error> {
        let verb = match template.call() {
            // The longest path of the three, so that what fits can be added, updated and deleted.
            TemplateCall::Setup(_) => Some(SetupVerb::Update),
            TemplateCall::Post | TemplateCall::Query | TemplateCall::Fetch => None,
        };
        let fits = |count: usize| {
            let slots = posting.clone().section(template.section(), items[..count].iter().cloned());
            let written = template.write(&slots)?;
            self.change_fits(token, verb, template.object(), (&written.parameters, &written.document))
        };
        if fits(items.len())? {
            return Ok(items.len());
        }
        // Between what fits and what does not, halved until they meet.
        let (mut fit, mut too_many) = (0, items.len());
        while too_many - fit > 1 {
            let middle = fit.midpoint(too_many);
            if fits(middle)? { fit = middle } else { too_many = middle }
        }
        Ok(fit)
    }

    /// Asks a query or fetches a row by a template.
    ///
    /// # Errors
    /// Those of [`Enet::query`]; [`Error::Invalid`] if values and template do not fit, or if the template is one of a
    /// changing object.
    pub async fn ask_by(&self, token: &Token, template: &Template, slots: &Slots) -> Result<Element, Error> {
        let document = template.write(slots)?.document;
        match template.call() {
            TemplateCall::Query => self.query(token, template.object(), &document).await,
            TemplateCall::Fetch => self.fetch(token, &document).await,
            TemplateCall::Post | TemplateCall::Setup(_) => Err(not_for(template, "is no query")),
        }
    }

    /// Reads back what a template wrote of one item: each filled slot that has a proof, with what SYSPRO holds now. Every
    /// query that the proofs name is asked once.
    ///
    /// # Errors
    /// Those of [`Enet::query`].
    pub async fn read_back(&self, token: &Token, template: &Template, item: &Slots) -> Result<Vec<ReadBack>, Error> {
        let mut read: Vec<ReadBack> = Vec::new();
        let mut answers: Vec<(&str, Element)> = Vec::new();
        for proof in template.proofs() {
            for (path, expected) in proof.expectations(item) {
                if !answers.iter().any(|(query, _)| *query == proof.query) {
                    let query = self.template(&proof.query)?;
                    answers.push((&proof.query, self.ask_by(token, query, &query.only_used(item)).await?));
                }
                let answer = answers.iter().find(|(query, _)| *query == proof.query);
                read.extend(answer.map(|(_, answer)| proof.read_back(answer, &path, expected)));
            }
        }
        Ok(read)
    }
}

fn not_for(template: &Template, why: &str) -> Error {
    Error::invalid(format!("template {}", template.name()), why)
}
