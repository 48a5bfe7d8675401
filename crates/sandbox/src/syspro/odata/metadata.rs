//! `$metadata`: every table as an entity type with its keys, lengths and types.

use std::fmt::Write as _;

use crate::syspro::Manners;
use crate::world::table::{Column, Kind, Table, Tables};

use super::set_name;

/// The metadata document.
pub(crate) fn document(tables: &Tables, manners: &Manners) -> String {
    let types: String = tables.all().map(|it| entity_type(it, manners)).collect();
    let sets: String = tables
        .all()
        .map(|it| set_name(it, manners))
        .map(|name| format!("<EntitySet Name=\"{name}\" EntityType=\"SYSPROOData.{name}\"/>"))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>\
         <Schema Namespace=\"SYSPROOData\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">{types}\
         <EntityContainer Name=\"Container\">{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )
}

fn entity_type(table: &Table, manners: &Manners) -> String {
    let mut text = format!("<EntityType Name=\"{}\"><Key>", set_name(table, manners));
    for column in table.columns.iter().take(table.key_columns) {
        // Writing to a string cannot fail.
        let _ = write!(text, "<PropertyRef Name=\"{}\"/>", column.name);
    }
    text.push_str("</Key>");
    for column in &table.columns {
        let _ = write!(text, "<Property Name=\"{}\" {}/>", column.name, type_of(column, manners.odata_plain_dates));
    }
    text.push_str("</EntityType>");
    text
}

fn type_of(column: &Column, plain_dates: bool) -> String {
    match column.kind {
        Kind::Text(length) => format!("Type=\"Edm.String\" Nullable=\"false\" MaxLength=\"{length}\""),
        Kind::Number { precision, scale } => {
            format!("Type=\"Edm.Decimal\" Nullable=\"false\" Precision=\"{precision}\" Scale=\"{scale}\"")
        }
        Kind::Date if plain_dates => "Type=\"Edm.Date\"".to_owned(),
        Kind::Date => "Type=\"Edm.DateTimeOffset\"".to_owned(),
        Kind::Version => "Type=\"Edm.Binary\" Nullable=\"false\" MaxLength=\"8\"".to_owned(),
    }
}
