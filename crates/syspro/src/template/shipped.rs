//! The templates that come with this crate, and a site's own in their place.
//!
//! ```text
//! templates/*.xml (compiled in) ─┐
//! Templates (a site's files) ────┴─► Library: one checked template per business object ─► Enet
//! ```
//!
//! What SYSPRO's versions and a site's local use of fields make different is in these files, not in code. A site replaces
//! one by a file of the same name; it is checked against the same slots.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Offer, Template};
use crate::error::Error;

/// A site's own templates, by the names of those they replace. Empty means that all are the shipped ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Templates {
    own: BTreeMap<String, Own>,
}

/// A site's own template.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Own {
    text: String,
    /// The file it was read from, for faults.
    file: Option<String>,
}

impl Templates {
    /// The shipped ones.
    pub fn shipped() -> Self {
        Self::default()
    }

    /// Puts a site's own text in the place of a shipped template.
    #[must_use]
    pub fn with(mut self, name: &str, text: impl Into<String>) -> Self {
        self.own.insert(name.to_ascii_uppercase(), Own { text: text.into(), file: None });
        self
    }

    /// A site's own texts by the names of the templates they replace, to be kept and given to [`Self::with`] again.
    pub fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        self.own.iter().map(|(name, own)| (name.as_str(), own.text.as_str()))
    }

    /// Reads all templates and checks them against what will be filled in, as a client does when it is built.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the file or template, the line and what is wrong.
    pub fn check(&self) -> Result<(), Error> {
        Library::new(self).map(drop)
    }

    /// Reads every `*.xml` of a folder; a file's name without its ending says which template it replaces. It reads from
    /// the disk and is meant for the start of a program.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the folder or file that cannot be read.
    pub fn from_folder(folder: &Path) -> Result<Self, Error> {
        let unreadable = |path: &Path, why: &dyn std::fmt::Display| {
            Error::invalid("templates", format!("{} cannot be read: {why}", path.display()))
        };
        let mut templates = Self::default();
        for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
            let path = entry.map_err(|error| unreadable(folder, &error))?.path();
            let is_xml = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xml"));
            let Some(name) = path.file_stem().and_then(|name| name.to_str()).filter(|_| is_xml) else { continue };
            let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, &error))?;
            let text = String::from_utf8(bytes).map_err(|_| unreadable(&path, &"it is not utf-8"))?;
            let own = Own { text, file: Some(path.display().to_string()) };
            if let Some(Own { file: Some(other), .. }) = templates.own.insert(name.to_ascii_uppercase(), own) {
                return Err(unreadable(&path, &format!("{other} replaces the same template")));
            }
        }
        Ok(templates)
    }

    /// The names of the shipped templates, which are those of their business objects.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|shipped| shipped.name)
    }

    /// A shipped template's text, to begin one's own with.
    pub fn shipped_text(name: &str) -> Option<&'static str> {
        SHIPPED.iter().find(|shipped| shipped.name.eq_ignore_ascii_case(name)).map(|shipped| shipped.text)
    }
}

/// All templates of a client, checked.
#[derive(Debug)]
pub(crate) struct Library {
    templates: BTreeMap<&'static str, Template>,
}

impl Library {
    pub(crate) fn new(templates: &Templates) -> Result<Self, Error> {
        let strange = |(name, _): &(&String, &Own)| Templates::shipped_text(name).is_none();
        if let Some((stranger, own)) = templates.own.iter().find(strange) {
            let known = Templates::names().collect::<Vec<_>>().join(", ");
            let place = own.file.as_deref().unwrap_or("templates");
            return Err(Error::invalid(place, format!("there is no template {stranger}; there are {known}")));
        }
        let load = |shipped: &Shipped| {
            let own = templates.own.get(shipped.name);
            let text = own.map_or(shipped.text, |own| &own.text);
            let place = own.and_then(|own| own.file.clone()).unwrap_or_else(|| format!("template {}", shipped.name));
            Ok((shipped.name, Template::load_from(shipped.name, &place, text, &(shipped.offer)())?))
        };
        let library = Self { templates: SHIPPED.iter().map(load).collect::<Result<_, Error>>()? };
        library.check_proofs()?;
        Ok(library)
    }

    /// A proof asks a query that has a template.
    fn check_proofs(&self) -> Result<(), Error> {
        for template in self.templates.values() {
            for proof in template.proofs() {
                if self.get(&proof.query).is_err() {
                    let why = format!("slot {} is to be proven by {}, which is no query here", proof.slot, proof.query);
                    return Err(Error::invalid(format!("template {}", template.name()), why));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Result<&Template, Error> {
        self.templates.get(name).ok_or_else(|| Error::invalid("template", format!("there is no template {name}")))
    }
}

/// A template that comes with this crate.
struct Shipped {
    name: &'static str,
    text: &'static str,
    offer: fn() -> Offer,
}

macro_rules! shipped {
    ($($name:literal => $offer:expr),* $(,)?) => {
        &[$(Shipped { name: $name, text: include_str!(concat!("../../templates/", $name, ".xml")), offer: || $offer }),*]
    };
}

/// What every changing object is asked with.
fn posting() -> Offer {
    Offer::new().must(&["validate_only"]).always(&["ignore_warnings"])
}

fn address() -> Offer {
    Offer::new().perhaps(&[
        "ship_to_name",
        "ship_address_1",
        "ship_address_2",
        "ship_address_3",
        "ship_address_4",
        "ship_address_5",
        "ship_postal_code",
        "state",
        "county_zip",
        "city",
        "nationality",
    ])
}

fn freight(line: Offer) -> Offer {
    line.perhaps(&["cost", "tax_code", "not_taxable"])
}

fn key_columns() -> Offer {
    Offer::new().must(&["key_column", "key_value"])
}

fn order_change() -> Offer {
    let line = || Offer::new().must(&["action"]).perhaps(&["customer_po_line"]);
    address()
        .must(&["sales_order"])
        .perhaps(&["customer", "customer_po_number", "email", "multi_ship_code"])
        .perhaps(&["shipping_instrs", "shipping_instrs_code"])
        .section("comment_line", line().perhaps(&["comment", "attached_line", "comment_type"]))
        .section("freight_line", freight(line()).perhaps(&["value", "cancel_code"]))
}

fn dispatch_lines() -> Offer {
    Offer::new()
        .must(&["dispatch_note"])
        .section("freight_line", freight(Offer::new().must(&["value"])))
        .section("comment_line", Offer::new().must(&["comment"]).perhaps(&["attached_line", "comment_type"]))
}

/// Which shipped template offers what.
const SHIPPED: &[Shipped] = shipped! {
    "ARSQMA" => Offer::new().must(&["customer"]),
    "ARSQRY" => Offer::new().must(&["customer"]),
    "ARSSMA" => posting().section("item", address().must(&["customer", "address_code"])),
    "COMFCH" => Offer::new().must(&["table", "key"]).perhaps(&[
        "key_1", "key_2", "key_3", "key_4", "key_5", "key_6", "key_7", "key_8", "key_9", "key_10", "key_11", "key_12",
    ]),
    "COMQFM" => Offer::new().must(&["form_type"]).always(&["key"]).section("key_column", key_columns()),
    "COMQUS" => Offer::new(),
    "COMSFM" => Offer::new().must(&["validate_only"]).always(&["ignore_warnings"]).section(
        "item",
        Offer::new().must(&["form_type", "key", "field"]).perhaps(&["alpha", "numeric", "date"]),
    ),
    "COMTFM" => posting().must(&["function"]).section(
        "item",
        Offer::new()
            .must(&["form_type"])
            .always(&["key"])
            .section("key_column", key_columns())
            .section("field", Offer::new().must(&["column", "value"])),
    ),
    "INVQRY" => Offer::new().must(&["stock_code"]),
    "PORQRY" => Offer::new().must(&["purchase_order"]),
    "SORQDL" => Offer::new()
        .must(&["in_progress", "ready_to_print", "printed", "in_suspense", "ready_to_invoice"])
        .must(&["completed", "cancelled", "on_hold", "consolidated"])
        .always(&["supply_chain_transfer", "sales_order_filter", "sales_orders"])
        .always(&["customer_filter", "customers", "dispatch_date_filter", "dispatch_dates"]),
    "SORQDN" => Offer::new().must(&["dispatch_note"]),
    "SORQRY" => Offer::new().must(&["sales_order"]),
    "SORQSO" => Offer::new()
        .must(&["return_orders", "order_status_filter", "order_statuses"])
        .perhaps(&["start_at_order"])
        .always(&["include_completed", "include_cancelled", "include_forward"])
        .always(&["customer_filter", "customers", "order_date_filter", "order_dates"]),
    "SORTDA" => posting().section("item", dispatch_lines()),
    "SORTDH" => posting().section(
        "item",
        Offer::new()
            .must(&["dispatch_note"])
            .perhaps(&["user_field_1", "user_field_2", "customer_po_number", "actual_delivery_date"]),
    ),
    "SORTDS" => posting().section(
        "item",
        Offer::new().must(&["dispatch_note", "new_status"]).perhaps(&["status", "credit_authority", "reason_for_hold"]),
    ),
    "SORTOI" => Offer::new().must(&["process"]).always(&["validate_only", "ignore_warnings"]).section("order", order_change()),
    "SORTOS" => posting().section(
        "item",
        Offer::new()
            .must(&["sales_order", "new_status"])
            .perhaps(&["status", "credit_authority", "delivery_note_number"]),
    ),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_template_fits_its_offer_and_its_proofs_have_queries() {
        let library = Library::new(&Templates::shipped()).expect("the shipped templates");
        for name in Templates::names() {
            let template = library.get(name).expect(name);
            assert_eq!((template.object(), template.name()), (name, name));
            assert!(!template.call().changes() || !template.proofs().is_empty(), "{name} declares no proof");
        }
    }

    #[test]
    fn a_sites_own_template_takes_the_place_of_a_shipped_one_and_is_checked() {
        let text = Templates::shipped_text("sortdh").expect("shipped").replace("UserField1", "UserField9");
        let library = Library::new(&Templates::shipped().with("sortdh", text)).expect("a good one");
        let slots = crate::Slots::new()
            .with("validate_only", "N")
            .with("ignore_warnings", "W")
            .section("item", [crate::Slots::new().with("dispatch_note", "1").with("user_field_1", "x")]);
        let written = library.get("SORTDH").and_then(|template| template.write(&slots)).expect("written");
        assert_eq!(written.document.at_path("Item/UserField9").len(), 1);

        let bad = Templates::shipped().with("SORTDH", Templates::shipped_text("SORTDS").expect("shipped"));
        let error = Library::new(&bad).expect_err("wrong slots").to_string();
        assert!(error.starts_with("template SORTDH, line ") && error.contains(": there is no slot "), "{error}");
        let error = Library::new(&Templates::shipped().with("SORTXX", "<x/>")).expect_err("a stranger").to_string();
        assert!(error.starts_with("templates: there is no template SORTXX; there are ARSQMA"), "{error}");
    }
}
