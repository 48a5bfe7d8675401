//! Ours? Whether a document is one this site ships with UPS.
//!
//! ```text
//! document ─► kind · warehouse ─► cancelled, ready? ─► ship-via ─► customer on hold, suspense ─► Ours { service }
//!               │                   │                    │            │
//!               └─► NotOurs ◄───────┴────────────────────┘            └─► Hold
//! ```
//!
//! Asked at every reading and again just before booking, always from the beginning: a document that was not
//! ours yesterday is ours today when its ship-via changed. Holds come last, so that nobody is asked about a
//! customer's credit on an order another carrier takes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::{Document, Source};
use crate::hold::{Hold, Reason};
use crate::number::WarehouseCode;
use crate::service::{Found, Service, Table};

/// What a site ships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The warehouses whose documents each source ships. A source without an entry ships none, so that two kinds of
    /// document about the same goods are never both shipped.
    pub warehouses: BTreeMap<Source, Vec<WarehouseCode>>,
    /// Status codes that mean ready, per source. A source without an entry has no statuses to be ready in
    /// (invoices): each of its documents is ready.
    pub ready_statuses: BTreeMap<Source, Vec<String>>,
    /// Status codes in which nothing is left to ship, per source: for sources that have statuses, but no list of those
    /// that mean ready (purchase orders).
    pub finished_statuses: BTreeMap<Source, Vec<String>>,
    /// Document types that are shipped, per source. A source without an entry takes every type.
    pub document_types: BTreeMap<Source, Vec<String>>,
    /// What each ship-via means.
    pub ship_via: Table,
    /// Where the site's own docks are: a purchase order that is delivered there comes in, whatever its ship-via says to the
    /// supplier.
    pub docks: Vec<Dock>,
}

/// One of the site's own docks, told by what people spell alike: postal code and house number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dock {
    postal_code: String,
    house_number: String,
}

impl Dock {
    /// The dock at an address; none where it has no house number to know it by.
    pub fn at(postal_code: &str, lines: &[String]) -> Option<Self> {
        let house_number = lines.iter().find_map(|line| house_number(line))?;
        Some(Self { postal_code: start_of(postal_code), house_number })
    }

    fn is_at(&self, document: &Document) -> bool {
        let place = &document.ship_to;
        start_of(&place.postal_code) == self.postal_code
            && place.lines.iter().any(|line| house_number(line).as_ref() == Some(&self.house_number))
    }
}

/// The first five characters that count: a ZIP code without its extension, most of any other code.
fn start_of(postal_code: &str) -> String {
    postal_code.chars().filter(char::is_ascii_alphanumeric).take(5).map(|it| it.to_ascii_uppercase()).collect()
}

fn house_number(line: &str) -> Option<String> {
    let first = line.split_whitespace().next()?;
    first.starts_with(|it: char| it.is_ascii_digit()).then(|| first.to_ascii_uppercase())
}

/// Whether a document is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Ship it.
    Ours {
        /// With this service.
        service: Service,
    },
    /// No shipment, no alarm.
    NotOurs(NotOurs),
    /// Ours, but a person must look.
    Hold {
        /// The service, where the table gave one.
        service: Option<Service>,
        /// Why.
        hold: Hold,
    },
}

/// Why a document is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotOurs {
    /// A credit note, a billing, …
    DocumentType {
        /// SYSPRO's document type.
        document_type: String,
    },
    /// Goods moved between own warehouses.
    SupplyChainTransfer,
    /// Sold over the counter.
    CounterSale,
    /// Cancelled in SYSPRO.
    Cancelled,
    /// From a warehouse that is no ship-from of the site.
    Warehouse {
        /// Which.
        warehouse: WarehouseCode,
    },
    /// Bought for ourselves: it comes to one of the site's own docks.
    Inbound,
    /// Not ready, or no longer (being entered, invoiced, complete).
    NotReady {
        /// SYSPRO's status code.
        status: String,
    },
    /// A rule of the site ignores its ship-via.
    IgnoredShipVia {
        /// Code and text.
        ship_via: String,
    },
    /// Its ship-via is no rule's and does not speak of UPS.
    OtherShipVia {
        /// Code and text.
        ship_via: String,
    },
}

impl NotOurs {
    /// A stable name for counters.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DocumentType { .. } => "document_type",
            Self::SupplyChainTransfer => "supply_chain_transfer",
            Self::CounterSale => "counter_sale",
            Self::Cancelled => "cancelled",
            Self::Warehouse { .. } => "warehouse",
            Self::Inbound => "inbound",
            Self::NotReady { .. } => "not_ready",
            Self::IgnoredShipVia { .. } => "ignored_ship_via",
            Self::OtherShipVia { .. } => "other_ship_via",
        }
    }

    /// Why, as a short phrase ("warehouse WH9 is no ship-from of this site").
    pub fn words(&self) -> String {
        match self {
            Self::DocumentType { document_type } => format!("document type {document_type} is not shipped"),
            Self::SupplyChainTransfer => "a transfer between own warehouses".to_owned(),
            Self::CounterSale => "a counter sale".to_owned(),
            Self::Cancelled => "cancelled in SYSPRO".to_owned(),
            Self::Warehouse { warehouse } => format!("warehouse {warehouse} is no ship-from of this site"),
            Self::Inbound => "a purchase order that comes to our own dock".to_owned(),
            Self::NotReady { status } => format!("status {status} is not ready to ship"),
            Self::IgnoredShipVia { ship_via } => format!("the site's rules ignore ship-via {ship_via}"),
            Self::OtherShipVia { ship_via } => format!("ship-via {ship_via} is not a UPS one"),
        }
    }
}

/// Whether the site ships this document.
pub fn judge(document: &Document, rules: &Rules) -> Verdict {
    if let Some(why) = another_kind(document, rules) {
        return Verdict::NotOurs(why);
    }
    let service = match rules.ship_via.find(&document.ship_via) {
        Found::Service(service) => service,
        Found::Ignore => {
            return Verdict::NotOurs(NotOurs::IgnoredShipVia { ship_via: document.ship_via.to_string() });
        }
        Found::NotOurs { ship_via } => return Verdict::NotOurs(NotOurs::OtherShipVia { ship_via }),
        Found::Hold(hold) => return Verdict::Hold { service: None, hold },
    };
    match stopped(document) {
        Some(reason) => Verdict::Hold { service: Some(service), hold: reason.into() },
        None => Verdict::Ours { service },
    }
}

fn another_kind(document: &Document, rules: &Rules) -> Option<NotOurs> {
    let listed = |codes: &BTreeMap<Source, Vec<String>>, code: &str| {
        codes.get(&document.source).is_none_or(|codes| codes.iter().any(|it| it.trim() == code.trim()))
    };
    if !listed(&rules.document_types, &document.document_type) {
        Some(NotOurs::DocumentType { document_type: document.document_type.clone() })
    } else if document.inter_warehouse {
        Some(NotOurs::SupplyChainTransfer)
    } else if document.counter_sale {
        Some(NotOurs::CounterSale)
    } else if !rules.warehouses.get(&document.source).is_some_and(|it| it.contains(&document.warehouse)) {
        Some(NotOurs::Warehouse { warehouse: document.warehouse.clone() })
    } else if document.source == Source::PurchaseOrders && rules.docks.iter().any(|dock| dock.is_at(document)) {
        Some(NotOurs::Inbound)
    } else if document.cancelled {
        Some(NotOurs::Cancelled)
    } else if (!in_suspense(document) && !listed(&rules.ready_statuses, &document.status)) || finished(document, rules)
    {
        Some(NotOurs::NotReady { status: document.status.clone() })
    } else {
        None
    }
}

fn finished(document: &Document, rules: &Rules) -> bool {
    let codes = rules.finished_statuses.get(&document.source);
    codes.is_some_and(|codes| codes.iter().any(|it| it.trim() == document.status.trim()))
}

fn stopped(document: &Document) -> Option<Reason> {
    if in_suspense(document) {
        Some(Reason::InSuspense { status: document.status.clone() })
    } else if document.customer_on_hold {
        Some(Reason::CustomerOnHold { customer: document.customer.clone() })
    } else {
        None
    }
}

/// SYSPRO: `S` is in suspense on orders and dispatch notes, `H` is on hold on dispatch notes.
fn in_suspense(document: &Document) -> bool {
    match document.source {
        Source::DispatchNotes => matches!(document.status.trim(), "S" | "H"),
        Source::SalesOrders => document.status.trim() == "S",
        Source::Invoices | Source::PurchaseOrders => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{ShipVia, sample};
    use crate::service::{ShipViaAction, ShipViaRule};

    fn rules() -> Rules {
        let ground = "03".parse().expect("a service");
        let rule = |code: &str, action| ShipViaRule { code: Some(code.to_owned()), pattern: None, action };
        Rules {
            warehouses: Source::ALL.map(|it| (it, vec!["FG".parse().expect("a warehouse code")])).into(),
            ready_statuses: BTreeMap::from([(Source::SalesOrders, vec!["4".to_owned()])]),
            finished_statuses: BTreeMap::from([(Source::PurchaseOrders, vec!["9".to_owned()])]),
            document_types: BTreeMap::from([(Source::SalesOrders, vec!["O".to_owned()])]),
            ship_via: Table(vec![rule("UPSG", ShipViaAction::Service(ground)), rule("FDX", ShipViaAction::Ignore)]),
            docks: Dock::at("94607-1234", &["120 Dock Road".to_owned()]).into_iter().collect(),
        }
    }

    fn verdict(change: fn(&mut Document)) -> Verdict {
        let mut order = sample::order();
        change(&mut order);
        judge(&order, &rules())
    }

    fn code(change: fn(&mut Document)) -> &'static str {
        match verdict(change) {
            Verdict::Ours { .. } => "ours",
            Verdict::NotOurs(why) => why.code(),
            Verdict::Hold { hold, .. } => hold.code(),
        }
    }

    #[test]
    fn a_ready_order_with_a_mapped_ship_via_is_ours() {
        assert_eq!(verdict(|_| {}), Verdict::Ours { service: "03".parse().expect("a service") });
    }

    #[test]
    fn what_does_not_leave_our_dock_to_a_customer_is_not_ours() {
        assert_eq!(code(|it| it.document_type = "C".to_owned()), "document_type");
        assert_eq!(code(|it| it.inter_warehouse = true), "supply_chain_transfer");
        assert_eq!(code(|it| it.counter_sale = true), "counter_sale");
        assert_eq!(code(|it| it.cancelled = true), "cancelled");
        assert_eq!(code(|it| it.status = "9".to_owned()), "not_ready");
        assert_eq!(code(|it| it.warehouse = "WH9".parse().expect("a warehouse code")), "warehouse");
    }

    #[test]
    fn another_carriers_order_is_not_ours_even_when_its_customer_is_on_hold() {
        let other = |it: &mut Document| {
            it.customer_on_hold = true;
            it.ship_via = ShipVia { code: String::new(), text: "Best Freight".to_owned() };
        };
        assert_eq!(code(other), "other_ship_via");
        assert_eq!(code(|it| it.ship_via.code = "FDX".to_owned()), "ignored_ship_via");
    }

    #[test]
    fn an_order_of_ours_waits_while_credit_is_doubtful() {
        assert_eq!(code(|it| it.customer_on_hold = true), "customer_on_hold");
        assert_eq!(code(|it| it.status = "S".to_owned()), "in_suspense");
        let Verdict::Hold { service, .. } = verdict(|it| it.customer_on_hold = true) else { panic!("it waits") };
        assert_eq!(service, Some("03".parse().expect("a service")));
    }

    #[test]
    fn a_ship_via_that_speaks_of_ups_without_a_rule_waits() {
        let unmapped = |it: &mut Document| it.ship_via.code = "UPSZ".to_owned();
        assert_eq!(code(unmapped), "unmapped_ship_via");
    }

    #[test]
    fn an_invoice_has_no_status_to_be_ready_in() {
        assert_eq!(code(|it| (it.source, it.status) = (Source::Invoices, String::new())), "ours");
    }

    #[test]
    fn a_purchase_order_ships_in_every_status_but_its_last() {
        let of = |status: &'static str| {
            let mut order = sample::order();
            (order.source, order.status) = (Source::PurchaseOrders, status.to_owned());
            judge(&order, &rules())
        };
        assert!(matches!(of("4"), Verdict::Ours { .. }));
        assert_eq!(of("9"), Verdict::NotOurs(NotOurs::NotReady { status: "9".to_owned() }));
    }

    #[test]
    fn a_purchase_order_that_comes_to_our_own_dock_is_no_shipment_of_ours() {
        let to = |postal_code: &'static str, street: &'static str, source| {
            let mut order = sample::order();
            order.source = source;
            order.ship_to.postal_code = postal_code.to_owned();
            order.ship_to.lines[0] = street.to_owned();
            judge(&order, &rules())
        };
        let buy = Source::PurchaseOrders;
        assert_eq!(to("94607", "120 DOCK RD. DOOR 4", buy), Verdict::NotOurs(NotOurs::Inbound));
        assert!(matches!(to("94607", "9 Main Street", buy), Verdict::Ours { .. }), "a neighbour's");
        assert!(
            matches!(to("94607", "120 Dock Road", Source::SalesOrders), Verdict::Ours { .. }),
            "a sale to the house"
        );
    }
}
