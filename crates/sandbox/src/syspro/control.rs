//! The clerk's desk over the control address: the same changes, as JSON.
//!
//! Paths begin with `syspro`. To be read: `notes`, `notes/{note}`, `sessions`, `manners`. To be sent:
//! `release`, `invoices`, `purchase-orders`, `notes/{note}/{ship-to|ship-via|quantity|status|cancel|
//! invoice|lock|unlock|tracking}`, `orders/{order}/{ship-to|ship-via|quantity|status|cancel|invoice|
//! lock|unlock|back-order}`, `purchase-orders/{number}/{ship-to|status}`, `manners` (the switches to
//! change), `restart`, `kick`, `seats`, `password`.

use serde_json::{Value as Json, json};

use crate::world::{DispatchNoteSpec, InvoiceSpec, PurchaseOrderSpec, ShipTo, ship_via};

use super::Syspro;

impl Syspro {
    /// Requests to the control address. Nothing for a path there is not.
    pub(crate) fn control(&self, path: &[&str], body: &Json) -> Option<Result<Json, String>> {
        let text = |name: &str| body.get(name).and_then(Json::as_str).unwrap_or_default();
        let number = |name: &str| {
            let value = body.get(name).and_then(Json::as_u64);
            value.and_then(|it| usize::try_from(it).ok()).ok_or_else(|| format!("no number {name} was given"))
        };
        Some(match path {
            ["syspro", "notes"] => Ok(json!(self.notes())),
            ["syspro", "sessions"] => Ok(json!(self.sessions())),
            ["syspro", "release"] => {
                let made = self.release(&released(body));
                Ok(json!({ "dispatch_note": made.dispatch_note, "sales_order": made.sales_order }))
            }
            ["syspro", "manners"] => self.turn(body),
            ["syspro", "invoices"] => {
                let spec = InvoiceSpec::next().of(released(body));
                let spec =
                    if body.get("with_note").and_then(Json::as_bool) == Some(true) { spec.with_note() } else { spec };
                let spec = match body.get("date").and_then(Json::as_str).map(str::parse) {
                    Some(Ok(date)) => spec.dated(date),
                    Some(Err(_)) => return Some(Err("date: not a date".to_owned())),
                    None => spec,
                };
                let made = self.bill(&spec);
                Ok(json!({ "invoice": made.invoice, "customer": made.customer, "sales_order": made.sales_order }))
            }
            ["syspro", "purchase-orders"] => Ok(json!({ "purchase_order": self.place_purchase_order(&bought(body)) })),
            ["syspro", "purchase-orders", number, change] => {
                let done = match *change {
                    "ship-to" => self.change_delivery(number, &ship_to(body)),
                    "status" => match text("status").chars().next() {
                        Some(status) => self.set_purchase_order_status(number, status),
                        None => return Some(Err("no status was given".to_owned())),
                    },
                    _ => return None,
                };
                if done { Ok(json!({ "done": true })) } else { Err(format!("no such purchase order: {number}")) }
            }
            ["syspro", "password"] => {
                let expired = body.get("expired").and_then(Json::as_bool).unwrap_or(true);
                self.expire_password(text("operator"), expired);
                Ok(json!({ "done": true }))
            }
            ["syspro", "restart"] => {
                self.restart();
                Ok(json!({ "done": true }))
            }
            ["syspro", "kick"] => Ok(json!({ "ended": self.kick(text("operator")) })),
            ["syspro", "seats"] => number("seats").map(|seats| {
                self.set_seats(seats);
                json!({ "done": true })
            }),
            ["syspro", "notes", note] => {
                self.note(note).map(|it| json!(it)).ok_or_else(|| format!("no such dispatch note: {note}"))
            }
            ["syspro", "orders", order, "back-order"] => match self.release_back_order(order) {
                Some(made) => Ok(json!({ "dispatch_note": made.dispatch_note, "sales_order": made.sales_order })),
                None => Err(format!("nothing is on back order: {order}")),
            },
            ["syspro", kind @ ("notes" | "orders"), note, change] => {
                let done = match *change {
                    "ship-to" => self.change_ship_to(note, &ship_to(body)),
                    "ship-via" => self.change_ship_via(note, text("code"), text("text")),
                    "quantity" => match number("line").and_then(|line| Ok((line, number("to_ship")?))) {
                        Ok((line, to_ship)) => self.change_quantity(note, u32::try_from(line).unwrap_or(0), to_ship),
                        Err(why) => return Some(Err(why)),
                    },
                    "status" => match text("status").chars().next() {
                        Some(status) if *kind == "orders" => self.set_order_status(note, status),
                        Some(status) => self.set_status(note, status),
                        None => return Some(Err("no status was given".to_owned())),
                    },
                    "cancel" => self.cancel(note),
                    "invoice" if *kind == "orders" => self.invoice_order(note).is_some(),
                    "invoice" => self.invoice(note).is_some(),
                    "lock" => {
                        self.lock(note, text("operator"));
                        true
                    }
                    "unlock" => self.unlock(note),
                    "tracking" => self.write_user_field_1(note, text("text")),
                    _ => return None,
                };
                if done { Ok(json!({ "done": true })) } else { Err(format!("no such document or line: {note}")) }
            }
            _ => return None,
        })
    }

    /// The manners, after changing those that were given.
    fn turn(&self, body: &Json) -> Result<Json, String> {
        let now = self.current_manners();
        let mut all = serde_json::to_value(&now).map_err(|why| why.to_string())?;
        if let (Some(all), Some(given)) = (all.as_object_mut(), body.as_object()) {
            for (name, value) in given {
                match all.get_mut(name) {
                    Some(slot) => *slot = value.clone(),
                    None => return Err(format!("no such switch: {name}")),
                }
            }
        }
        let turned = serde_json::from_value(all.clone()).map_err(|why| why.to_string())?;
        self.manners(|it| *it = turned);
        Ok(all)
    }
}

/// A spec from `{number, ship_via, status, lines: [{code, quantity}], ship_to: {…}}`.
fn released(body: &Json) -> DispatchNoteSpec {
    let text = |name: &str| body.get(name).and_then(Json::as_str).filter(|it| !it.is_empty());
    let mut spec = text("number").map_or_else(DispatchNoteSpec::next, DispatchNoteSpec::new);
    if let Some(via) = text("ship_via").and_then(ship_via::find) {
        spec = spec.ship_via(via);
    }
    if let Some(status) = text("status").and_then(|it| it.chars().next()) {
        spec = spec.status(status);
    }
    for line in body.get("lines").and_then(Json::as_array).into_iter().flatten() {
        let code = line.get("code").and_then(Json::as_str).unwrap_or_default();
        spec = spec.line(code, line.get("quantity").and_then(Json::as_i64).unwrap_or(1));
    }
    match body.get("ship_to") {
        Some(place) => spec.to(ship_to(place)),
        None => spec,
    }
}

/// A ship-to from `{name, lines: […], postal_code, state}`.
fn ship_to(body: &Json) -> ShipTo {
    let text = |name: &str| body.get(name).and_then(Json::as_str).unwrap_or_default();
    let plain = ShipTo::default().name(text("name")).postal_code(text("postal_code")).state(text("state"));
    let lines = body.get("lines").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    lines.iter().filter_map(Json::as_str).zip(1..).fold(plain, |ship_to, (line, number)| ship_to.line(number, line))
}

/// A purchase order from `{number, supplier, inbound, drop_ship: {customer, sales_order}, ship_via, status, lines, ship_to}`.
fn bought(body: &Json) -> PurchaseOrderSpec {
    let text = |name: &str| body.get(name).and_then(Json::as_str).filter(|it| !it.is_empty());
    let mut spec = text("number").map_or_else(PurchaseOrderSpec::next, PurchaseOrderSpec::new);
    if let Some(supplier) = text("supplier") {
        spec = spec.supplier(supplier);
    }
    if body.get("inbound").and_then(Json::as_bool) == Some(true) {
        spec = spec.inbound();
    }
    if let Some(link) = body.get("drop_ship") {
        let of = |name: &str| link.get(name).and_then(Json::as_str).unwrap_or_default();
        spec = spec.drop_ship(of("customer"), of("sales_order"));
    }
    if let Some(via) = text("ship_via").and_then(ship_via::find) {
        spec = spec.ship_via(via);
    }
    if let Some(status) = text("status").and_then(|it| it.chars().next()) {
        spec = spec.status(status);
    }
    for line in body.get("lines").and_then(Json::as_array).into_iter().flatten() {
        let code = line.get("code").and_then(Json::as_str).unwrap_or_default();
        spec = spec.line(code, line.get("quantity").and_then(Json::as_i64).unwrap_or(1));
    }
    match body.get("ship_to") {
        Some(place) => spec.to(ship_to(place)),
        None => spec,
    }
}
