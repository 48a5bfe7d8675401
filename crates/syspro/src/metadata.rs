//! What an OData service says about its tables: `$metadata`.
//!
//! ```text
//! EDMX ─► EntityContainer/EntitySet (name, type) ─► EntityType/Property (name, type) ─► Metadata
//! ```
//!
//! Names are looked up regardless of case. No `$metadata` of a real SYSPRO service is publicly known, so whatever is not
//! found is told as absent.

use std::collections::BTreeMap;

use crate::xml::Element;

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

impl Metadata {
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
}
