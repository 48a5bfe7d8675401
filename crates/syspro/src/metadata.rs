//! What an OData service says about its tables: `$metadata`.
//!
//! ```text
//! EDMX ─► EntityContainer/EntitySet (name, type) ─► EntityType/Property (name, type) ─► Metadata
//! the sets and columns a site has configured ─► Metadata::missing ─► Missing… with the nearest names there are
//! ```
//!
//! No `$metadata` of a real SYSPRO service is publicly known, so whatever is not found is told as absent, and sets and
//! columns are names in a site's settings. Looking one up disregards case; whether the service does too is unknown, so a
//! name in another case is told as missing with the right one beside it.

use std::collections::BTreeMap;
use std::fmt;

use crate::xml::{Element, XmlError, read_xml};

/// How alike two names must be for one to be proposed in place of the other, from 0 to 1.
const ALIKE: f64 = 0.7;
/// The most names proposed.
const MOST_NEAREST: usize = 3;

/// The entity sets of a service with their properties.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    sets: BTreeMap<String, Vec<Property>>,
}

/// One column of an entity set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The column's name.
    pub name: String,
    /// The type, as `Edm.String`, `Edm.Date` or `Edm.DateTimeOffset`.
    pub type_name: String,
}

/// A configured name that the service does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The entity set.
    pub set: String,
    /// The column; `None` if the whole set is missing.
    pub column: Option<String>,
    /// The names the service has that are nearest, the nearest first; empty if none is near.
    pub nearest: Vec<String>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            None => write!(f, "there is no entity set {}", self.set)?,
            Some(column) => write!(f, "entity set {} has no column {column}", self.set)?,
        }
        match self.nearest.as_slice() {
            [] => Ok(()),
            nearest => write!(f, "; the nearest is {}", nearest.join(" or ")),
        }
    }
}

impl Metadata {
    /// Reads `$metadata`. Never panics, whatever the bytes.
    ///
    /// # Errors
    /// [`XmlError`] if it is no XML; a document without entity sets is one without sets.
    pub fn parse(bytes: &[u8]) -> Result<Self, XmlError> {
        Ok(Self::read(&read_xml(bytes)?))
    }

    /// Which of the configured sets and columns the service does not have, in the order given. The columns of a missing
    /// set are not told.
    pub fn missing<'a, C>(&self, wanted: impl IntoIterator<Item = (&'a str, C)>) -> Vec<Missing>
    where
        C: IntoIterator<Item = &'a str>,
    {
        let mut missing = Vec::new();
        for (set, columns) in wanted {
            let Some(properties) = self.sets.get(set) else {
                missing.push(Missing { set: set.to_owned(), column: None, nearest: nearest(set, self.sets()) });
                continue;
            };
            let names = || properties.iter().map(|property| property.name.as_str());
            let absent = columns.into_iter().filter(|column| !names().any(|name| name == *column));
            missing.extend(absent.map(|column| Missing {
                set: set.to_owned(),
                column: Some(column.to_owned()),
                nearest: nearest(column, names()),
            }));
        }
        missing
    }

    pub(crate) fn read(root: &Element) -> Self {
        let types: BTreeMap<String, Vec<Property>> = root
            .descendants()
            .filter(|element| element.is("EntityType"))
            .filter_map(|element| Some((element.attribute_value("Name")?.to_owned(), properties(element))))
            .collect();
        let of_set = |element: &Element| {
            let name = element.attribute_value("Name")?.to_owned();
            let qualified = element.attribute_value("EntityType")?;
            let type_name = qualified.rsplit_once('.').map_or(qualified, |(_, name)| name);
            Some((name, types.get(type_name)?.clone()))
        };
        Self { sets: root.descendants().filter(|element| element.is("EntitySet")).filter_map(of_set).collect() }
    }

    /// The names of all sets.
    pub fn sets(&self) -> impl Iterator<Item = &str> {
        self.sets.keys().map(String::as_str)
    }

    /// The columns of a set, `None` if there is no such set.
    pub fn properties(&self, set: &str) -> Option<&[Property]> {
        self.sets.iter().find(|(name, _)| name.eq_ignore_ascii_case(set)).map(|(_, properties)| properties.as_slice())
    }

    /// A column of a set.
    pub fn property(&self, set: &str, column: &str) -> Option<&Property> {
        self.properties(set)?.iter().find(|property| property.name.eq_ignore_ascii_case(column))
    }
}

/// The names most like another, the most alike first.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_ascii_lowercase();
    let likeness = |other: &str| strsim::jaro_winkler(&wanted, &other.to_ascii_lowercase());
    let mut alike: Vec<(f64, &str)> = names.map(|other| (likeness(other), other)).filter(|it| it.0 >= ALIKE).collect();
    alike.sort_by(|one, other| other.0.total_cmp(&one.0));
    alike.into_iter().take(MOST_NEAREST).map(|(_, other)| other.to_owned()).collect()
}

fn properties(entity_type: &Element) -> Vec<Property> {
    let properties = entity_type.children().iter().filter(|child| child.is("Property"));
    properties
        .filter_map(|property| {
            Some(Property {
                name: property.attribute_value("Name")?.to_owned(),
                type_name: property.attribute_value("Type")?.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_lead_to_their_columns() {
        let edmx = r#"<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
            <Schema Namespace="Syspro"><EntityType Name="ArInvoiceRow"><Key><PropertyRef Name="Invoice"/></Key>
            <Property Name="Invoice" Type="Edm.String"/><Property Name="InvoiceDate" Type="Edm.DateTimeOffset"/></EntityType>
            <EntityContainer Name="C"><EntitySet Name="ArInvoice" EntityType="Syspro.ArInvoiceRow"/></EntityContainer></Schema>
            </edmx:DataServices></edmx:Edmx>"#;
        let metadata = Metadata::read(&Element::parse(edmx).expect("test xml"));
        assert_eq!(metadata.sets().collect::<Vec<_>>(), ["ArInvoice"]);
        assert_eq!(
            metadata.property("arinvoice", "invoicedate").map(|it| it.type_name.as_str()),
            Some("Edm.DateTimeOffset")
        );
        assert!(metadata.property("ArInvoice", "PostDate").is_none());
    }

    #[test]
    fn what_is_missing_is_told_with_the_nearest_names() {
        let edmx = "<Edmx><Schema Namespace='S'><EntityType Name='A'><Property Name='Invoice' Type='Edm.String'/>\
            <Property Name='InvoiceDate' Type='Edm.Date'/></EntityType><EntityContainer Name='C'>\
            <EntitySet Name='ArInvoice' EntityType='S.A'/><EntitySet Name='SorMaster' EntityType='S.A'/></EntityContainer></Schema></Edmx>";
        let metadata = Metadata::parse(edmx.as_bytes()).expect("test xml");
        let wanted = [("ArInvoice", vec!["Invoice", "InvoiceDat", "Qqq", "invoice"]), ("SorMastr", vec!["SalesOrder"])];
        let missing: Vec<String> = metadata.missing(wanted).iter().map(ToString::to_string).collect();
        assert_eq!(
            missing,
            [
                "entity set ArInvoice has no column InvoiceDat; the nearest is InvoiceDate or Invoice",
                "entity set ArInvoice has no column Qqq",
                "entity set ArInvoice has no column invoice; the nearest is Invoice or InvoiceDate",
                "there is no entity set SorMastr; the nearest is SorMaster",
            ]
        );
    }
}
