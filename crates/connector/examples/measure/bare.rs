//! The HTTP calls of the whole way by the same clients, as many at once and batched alike; nothing is stored or decided.
//!
//! ```text
//! OData: headers, orders, lines ─► each note, 64 at once: address, rate, ship ─┐
//!                                                                             └─ a hundred: read, SORTDH, COMSFM, read
//! ```

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use connector::config::{Environment, SecretName, Site, SiteFile};
use futures_util::{StreamExt as _, stream};
use sandbox::world::places;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use syspro::{
    DispatchHeader, Enet, EnetSettings, Filter, Find, FormData, FormMode, FormValue, OData, ODataSettings, Posting,
    Row, Select, Token,
};

use crate::{micros_since, now};

/// How many shipments talk to UPS at once, and how many share SYSPRO's documents; as the engine has it.
const AT_ONCE: usize = 64;
const BATCH: usize = 100;

struct Clients {
    site: Site,
    ups: ups::Client,
    enet: Enet,
    odata: OData,
}

/// A note that is told.
struct Told {
    note: String,
    order: String,
    number: String,
}

pub(crate) async fn run(folder: &Path) -> Result<Value> {
    let clients = Arc::new(clients(folder)?);
    let begun = now();
    let token = clients.enet.logon().await?;
    let notes = read(&clients).await?;
    let mut booked = stream::iter(notes)
        .map(|(note, order)| {
            let clients = Arc::clone(&clients);
            async move { book(&clients, note, order).await }
        })
        .buffer_unordered(AT_ONCE);
    let (mut shipments, mut batch) = (0_usize, Vec::new());
    let mut telling = tokio::task::JoinSet::new();
    while let Some(told) = booked.next().await {
        batch.push(told?);
        shipments += 1;
        if batch.len() == BATCH {
            let (clients, token, batch) = (Arc::clone(&clients), token.clone(), std::mem::take(&mut batch));
            // One after another, as the operator's session has it.
            if let Some(done) = telling.join_next().await {
                done??;
            }
            telling.spawn(async move { tell(&clients, &token, &batch).await });
        }
    }
    tell(&clients, &token, &batch).await?;
    while let Some(done) = telling.join_next().await {
        done??;
    }
    let micros = micros_since(begun);
    clients.enet.logoff(&token).await?;
    Ok(json!({ "shipments": shipments, "micros": micros }))
}

fn clients(folder: &Path) -> Result<Clients> {
    let site = SiteFile::parse(&std::fs::read_to_string(folder.join("site.toml"))?)?;
    let secret = |wanted: SecretName| -> Result<SecretString> {
        let found = site.secrets().into_iter().find(|(name, _)| *name == wanted);
        let (_, source) = found.with_context(|| format!("the site has no {wanted}"))?;
        Ok(source.read(folder)?)
    };
    let Environment::Custom(url) = site.ups.environment.clone() else { anyhow::bail!("not the sandbox's site") };
    let id = secret(SecretName::UpsClientId)?;
    let account = site.ups.account.as_str();
    let mut settings = ups::Settings::new(
        ups::Environment::At(url),
        id.expose_secret(),
        secret(SecretName::UpsClientSecret)?,
        account,
    );
    settings.send_merchant_id = site.ups.merchant_id;
    let ups = ups::Client::new(settings)?;
    let (wanted, password) = (&site.syspro, secret(SecretName::SysproOperatorPassword)?);
    let enet = Enet::new(EnetSettings::new(wanted.enet_url.as_str(), &wanted.operator, password, &wanted.company))?;
    let odata = wanted.odata.as_ref().context("the site has no OData")?;
    let password = secret(SecretName::SysproODataPassword)?;
    let odata = OData::new(ODataSettings::new(odata.url.as_str(), &odata.company_segment, &odata.user, password))?;
    Ok(Clients { site, ups, enet, odata })
}

/// What a poll asks: headers, their orders, their lines.
async fn read(clients: &Clients) -> Result<Vec<(String, String)>> {
    let source = clients.site.sources.first().context("no source")?;
    let definition = &source.definition;
    let ready = Filter::is_in("DispatchNoteStatus", source.ready.iter().map(String::as_str));
    let headers = Select::new("MdnMaster", ready, definition.key.iter().cloned());
    let headers = clients.odata.read(&headers.columns(definition.header_columns())).await?;
    let keys = |column: &str| -> BTreeSet<String> {
        headers.iter().filter_map(|row| row.raw(column)).filter(|it| !it.trim().is_empty()).map(str::to_owned).collect()
    };
    let (notes, orders) = (keys("DispatchNote"), keys("SalesOrder"));
    let lines = &definition.lines;
    let by = |column: &str, keys: &BTreeSet<String>| Filter::is_in(column, keys.iter().map(String::as_str));
    let of_notes = Select::new("MdnDetail", by("DispatchNote", &notes), lines.key.iter().cloned());
    clients.odata.read(&of_notes.columns(lines.columns())).await?;
    let of_orders = Select::new("SorMaster", by("SalesOrder", &orders), ["SalesOrder".to_owned()]);
    clients.odata.read(&of_orders.columns(["DocumentType", "Warehouse", "ShippingInstrsCod"])).await?;
    // Those whose shipping instruction is one of ours, as the sandbox's clerks choose them.
    let ours = |row: &&Row| {
        let via = row.get("ShippingInstrs").unwrap_or_default();
        ["UPS Ground", "UPS 2nd Day Air", "UPS Next Day Air"].contains(&via)
    };
    let both = |row: &Row| Some((row.raw("DispatchNote")?.to_owned(), row.raw("SalesOrder")?.trim().to_owned()));
    Ok(headers.iter().filter(ours).filter_map(both).filter(|(_, order)| !order.is_empty()).collect())
}

async fn book(clients: &Clients, note: String, order: String) -> Result<Told> {
    let place = places::plain_commercial().next().context("the sandbox knows no place")?;
    let query = ups::AddressQuery {
        name: "Summit Pump & Supply".to_owned(),
        lines: vec![place.street_line()],
        city: place.city.to_owned(),
        state: place.state.to_owned(),
        postal_code: place.zip5.to_owned(),
        country: "US".to_owned(),
        ..ups::AddressQuery::default()
    };
    clients.ups.check_address(&query).await?;
    let shipment = shipment(clients, &query, &note)?;
    clients.ups.rate(&ups::RateRequest::new(shipment.clone())).await?.only()?;
    let waybill = clients.ups.ship(&ups::ShipRequest::new(shipment, ups::LabelFormat::Zpl)).await?;
    let number = waybill.shipment_identification_number;
    Ok(Told { note, order, number })
}

fn shipment(clients: &Clients, to: &ups::AddressQuery, note: &str) -> Result<ups::Shipment> {
    let from = &clients.site.ship_froms.first().context("no ship-from")?.address;
    let mut shipper = ups::Party::new(&from.name).place(&from.city, &from.state, &from.postal_code, &from.country);
    shipper.lines.clone_from(&from.lines);
    shipper.phone.clone_from(&from.phone);
    let mut ship_to = ups::Party::new(&to.name).place(&to.city, &to.state, &to.postal_code, &to.country);
    ship_to.lines.clone_from(&to.lines);
    let weight = "5.3".parse().context("a weight")?;
    let account = clients.site.ups.account.as_str();
    let mut shipment = ups::Shipment::domestic(account, shipper, ship_to, "03")
        .packages([ups::Package::new(weight, ups::WeightUnit::Pounds)])
        .containing("Merchandise");
    shipment.references = vec![ups::ReferenceNumber::new("ON", note)];
    shipment.negotiated = true;
    Ok(shipment)
}

async fn tell(clients: &Clients, token: &Token, batch: &[Told]) -> Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    look(clients, token, batch).await?;
    let headers: Vec<DispatchHeader> =
        batch.iter().map(|it| DispatchHeader::new(&it.note).user_field_1(&it.number).user_field_2("1")).collect();
    for headers in headers.chunks(50) {
        clients.enet.sortdh(token, headers, Posting::default()).await?;
    }
    let value = |it: &Told, field: &str, value: FormData| FormValue {
        form_type: "ORD".to_owned(),
        key: it.order.clone(),
        field: field.to_owned(),
        value,
    };
    let values: Vec<FormValue> =
        batch.iter().map(|it| value(it, "TRKNUM", FormData::Alpha(it.number.clone()))).collect();
    // What is too long for an address is refused before it is sent.
    for values in values.chunks(25) {
        clients.enet.comsfm(token, values, FormMode::Add, false).await.ok();
    }
    look(clients, token, batch).await
}

async fn look(clients: &Clients, token: &Token, batch: &[Told]) -> Result<()> {
    let notes = Find::new("MdnMaster").columns(["DispatchNote", "DispatchNoteStatus", "UserField1", "UserField2"]);
    clients.enet.comfnd(token, &notes.where_any_of("DispatchNote", batch.iter().map(|it| it.note.clone()))).await?;
    let forms = Find::new("CusSorMaster+").columns(["SalesOrder", "InvoiceNumber"]);
    clients.enet.comfnd(token, &forms.where_any_of("SalesOrder", batch.iter().map(|it| it.order.clone()))).await?;
    Ok(())
}
