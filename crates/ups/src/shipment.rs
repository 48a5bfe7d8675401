//! The shipment: one description of what is to travel, from which a price is asked and a label bought.
//!
//! ```text
//! Shipment::domestic ──────┐                              ┌─► RateRequest ─► Client::rate   a price
//! Shipment::international ─┼─► packages, references, … ───┤
//! Shipment::returning ─────┘    (checked when written)    └─► ShipRequest ─► Client::ship   labels
//! ```
//!
//! Where a thing stands in UPS's request (package or shipment, which of two spellings, which number for the same)
//! depends on lane and system, and UPS ignores or refuses what stands elsewhere. That is this crate's business: a
//! shipment says *what*, and writing it decides *where*, or names the field that cannot be right.

mod check;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::billing::Billing;
use crate::customs::Customs;
use crate::delivery::{AccessPointDelivery, Confirmation};
use crate::error::Error;
use crate::lane::Lane;
use crate::money::Amount;
use crate::notification::Notification;
use crate::package::{Package, Weight, indicator};
use crate::party::{Party, SHIP_FROM, SHIP_TO, SHIPPER};
use crate::reference::ReferenceNumber;
use crate::returns::{Returns, write_label_delivery};
use crate::service::{Offer, Service};
use crate::tax::TaxId;
use crate::{notification, reference, tax, text};

/// What is to travel, from whom, to whom, and how.
///
/// Made by [`domestic`](Self::domestic), [`international`](Self::international) or [`returning`](Self::returning) and
/// completed by the methods below. Nothing is checked before it is written for UPS; then the first field that cannot be
/// right is named by [`Error::Invalid`], and nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shipment {
    /// The account that ships: six letters or digits.
    pub account: String,
    /// The account's owner.
    pub shipper: Party,
    /// Who receives.
    pub ship_to: Party,
    /// Where the goods leave, if not from the shipper's address. On returns: the customer.
    pub ship_from: Option<Party>,
    /// UPS's service.
    pub service: Service,
    /// One to two hundred packages.
    pub packages: Vec<Package>,
    /// At most five, those of a package included. Within the US and within Puerto Rico they travel on every package,
    /// on all other lanes on the shipment.
    pub references: Vec<ReferenceNumber>,
    /// Who pays.
    pub billing: Billing,
    /// Whether the ship-to is a residence, which costs more.
    pub residential: bool,
    /// Whether to ask for the payer's own rates beside the list price.
    pub negotiated: bool,
    /// Whether to ask for taxes, where UPS knows them.
    pub with_taxes: bool,
    /// The day the goods are tendered, in the zone of the place they leave; at most seven days ahead. UPS takes the
    /// present day if it is missing.
    pub ship_date: Option<Date>,
    /// What is inside, at most 50 characters. UPS demands it across borders.
    pub description: String,
    /// A signature on delivery.
    pub confirmation: Option<Confirmation>,
    /// Whether to deliver on a Saturday.
    pub saturday_delivery: bool,
    /// Whether to pick up on a Saturday.
    pub saturday_pickup: bool,
    /// Whether to deliver to the ship-to's door only. Not with an Access Point.
    pub direct_delivery_only: bool,
    /// An Access Point instead of the ship-to's door.
    pub access_point: Option<AccessPointDelivery>,
    /// Whom UPS writes to.
    pub notifications: Vec<Notification>,
    /// What makes it a return.
    pub returns: Option<Returns>,
    /// The papers for customs.
    pub customs: Customs,
    /// Whether goods within the EU are not in free circulation, so that there are duties after all.
    pub not_in_free_circulation: bool,
    /// What the goods are worth, 1 to 99999999. UPS demands it from the US to Canada and Puerto Rico, and for transit
    /// times across borders. Where it is missing, the sum of the forms' products is taken.
    pub goods_value: Option<Amount>,
    /// By which numbers customs knows sender and receiver.
    pub tax_ids: Vec<TaxId>,
    /// Whether to ask for links under which the label can be fetched by anybody who has them.
    pub label_links: bool,
}

/// Something worth a look before a shipment is bought; UPS may still take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The field it is about.
    pub field: &'static str,
    /// What is odd.
    pub words: String,
}

impl Shipment {
    /// A shipment that passes no customs: within a country, between the US and Puerto Rico, or within the EU.
    pub fn domestic(account: impl Into<String>, shipper: Party, ship_to: Party, service: impl Into<Service>) -> Self {
        Self {
            account: account.into(),
            shipper,
            ship_to,
            ship_from: None,
            service: service.into(),
            packages: Vec::new(),
            references: Vec::new(),
            billing: Billing::default(),
            residential: false,
            negotiated: false,
            with_taxes: false,
            ship_date: None,
            description: String::new(),
            confirmation: None,
            saturday_delivery: false,
            saturday_pickup: false,
            direct_delivery_only: false,
            access_point: None,
            notifications: Vec::new(),
            returns: None,
            customs: Customs::NotNeeded,
            not_in_free_circulation: false,
            goods_value: None,
            tax_ids: Vec::new(),
            label_links: false,
        }
    }

    /// A shipment through customs, with what is inside and which papers it has.
    pub fn international(
        account: impl Into<String>,
        shipper: Party,
        ship_to: Party,
        service: impl Into<Service>,
        description: impl Into<String>,
        customs: impl Into<Customs>,
    ) -> Self {
        Self {
            description: description.into(),
            customs: customs.into(),
            ..Self::domestic(account, shipper, ship_to, service)
        }
    }

    /// Goods that come back from a customer to the shipper. Another destination: [`ship_to`](Self::ship_to).
    pub fn returning(
        account: impl Into<String>,
        shipper: Party,
        customer: Party,
        service: impl Into<Service>,
        returns: Returns,
    ) -> Self {
        let ship_to = shipper.clone();
        Self { ship_from: Some(customer), returns: Some(returns), ..Self::domestic(account, shipper, ship_to, service) }
    }

    /// Adds a package.
    #[must_use]
    pub fn package(mut self, package: Package) -> Self {
        self.packages.push(package);
        self
    }

    /// Adds packages.
    #[must_use]
    pub fn packages(mut self, packages: impl IntoIterator<Item = Package>) -> Self {
        self.packages.extend(packages);
        self
    }

    /// Adds a reference. Every shipment should carry one of its own: a lost answer is found again by it.
    #[must_use]
    pub fn reference(mut self, reference: ReferenceNumber) -> Self {
        self.references.push(reference);
        self
    }

    /// Has the goods leave elsewhere than at the shipper's address.
    #[must_use]
    pub fn from(mut self, ship_from: Party) -> Self {
        self.ship_from = Some(ship_from);
        self
    }

    /// Has a return go elsewhere than to the shipper's address.
    #[must_use]
    pub fn to(mut self, ship_to: Party) -> Self {
        self.ship_to = ship_to;
        self
    }

    /// Who pays.
    #[must_use]
    pub fn billed(mut self, billing: Billing) -> Self {
        self.billing = billing;
        self
    }

    /// Marks the ship-to as a residence.
    #[must_use]
    pub fn residential(mut self) -> Self {
        self.residential = true;
        self
    }

    /// Asks for the payer's own rates beside the list price.
    #[must_use]
    pub fn negotiated(mut self) -> Self {
        self.negotiated = true;
        self
    }

    /// The day the goods are tendered.
    #[must_use]
    pub fn on(mut self, day: Date) -> Self {
        self.ship_date = Some(day);
        self
    }

    /// What is inside.
    #[must_use]
    pub fn containing(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Asks for a signature.
    #[must_use]
    pub fn confirmed_by(mut self, confirmation: Confirmation) -> Self {
        self.confirmation = Some(confirmation);
        self
    }

    /// Delivers on a Saturday.
    #[must_use]
    pub fn on_saturday(mut self) -> Self {
        self.saturday_delivery = true;
        self
    }

    /// Sends it to an Access Point.
    #[must_use]
    pub fn to_access_point(mut self, place: AccessPointDelivery) -> Self {
        self.access_point = Some(place);
        self
    }

    /// Has UPS write to somebody.
    #[must_use]
    pub fn notifying(mut self, notification: Notification) -> Self {
        self.notifications.push(notification);
        self
    }

    /// Adds a number by which customs knows sender or receiver.
    #[must_use]
    pub fn tax_id(mut self, id: TaxId) -> Self {
        self.tax_ids.push(id);
        self
    }

    /// What the goods are worth.
    #[must_use]
    pub fn worth(mut self, value: Amount) -> Self {
        self.goods_value = Some(value);
        self
    }

    /// The way the goods take: from the ship-from if there is one, else from the shipper.
    #[must_use]
    pub fn lane(&self) -> Lane {
        Lane::new(&self.ship_from.as_ref().unwrap_or(&self.shipper).country, &self.ship_to.country)
    }

    /// What is odd about it without being wrong by rule: a service that is not known on this lane, a name that will be
    /// printed short.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        let lane = self.lane();
        let mut remarks = Vec::new();
        let way = format!("from {} to {}", lane.origin(), lane.destination());
        match self.service.on(&lane) {
            Offer::NotOffered => {
                let words = format!("{} is not known to be offered {way}", self.service.name_from(lane.origin()));
                remarks.push(Remark { field: "service", words });
            }
            Offer::ByContract => {
                let words = format!("{} needs a contract with UPS", self.service.name_from(lane.origin()));
                remarks.push(Remark { field: "service", words });
            }
            Offer::Offered | Offer::Unknown => {}
        }
        for (field, party) in [("shipper.name", &self.shipper), ("ship_to.name", &self.ship_to)] {
            if party.name.trim().chars().count() > 30 {
                remarks.push(Remark { field, words: "is printed with 30 characters".to_owned() });
            }
        }
        if self.ship_to.city.trim().chars().count() > 15 {
            remarks.push(Remark { field: "ship_to.city", words: "is printed with 15 characters".to_owned() });
        }
        remarks
    }

    pub(crate) fn day(&self) -> Option<String> {
        self.ship_date.map(|day| day.strftime("%Y%m%d").to_string())
    }

    fn is_free_of_duties(&self) -> bool {
        self.lane().is_free_of_duties() && !self.not_in_free_circulation
    }

    fn is_documents(&self) -> bool {
        self.customs == Customs::Documents
    }

    /// The sum of all weights, if they share a unit.
    pub(crate) fn total_weight(&self) -> Option<Weight> {
        let mut weights = self.packages.iter().filter_map(|it| it.weight.as_ref());
        let first = weights.next()?.clone();
        weights.try_fold(first, |sum, it| {
            let same = sum.unit == it.unit;
            same.then(|| sum.value.checked_add(it.value)).flatten().map(|value| Weight { value, ..sum })
        })
    }

    /// The goods' value as it was given, or else as the forms tell it.
    pub(crate) fn value(&self) -> Option<Amount> {
        self.goods_value.clone().or_else(|| self.customs.forms()?.value())
    }

    fn write_value(&self) -> Result<Value, Error> {
        let Some(value) = self.value() else { return Ok(Value::Null) };
        let (least, most) = (rust_decimal::Decimal::ONE, rust_decimal::Decimal::from(99_999_999));
        if value.value < least || value.value > most {
            return Err(Error::invalid("goods_value", "must be 1 to 99999999"));
        }
        let rounded = Amount::new(value.value.round_dp(2), value.currency);
        rounded.write("goods_value")
    }

    /// The members of `Shipment` that both systems spell alike.
    fn write_common(&self) -> Result<Value, Error> {
        let account = text::account("account", &self.account)?;
        let lane = self.lane();
        let billing = self.billing.write(&account, lane.destination())?;
        let free = self.is_free_of_duties();
        self.billing.check(&lane, free, self.returns.is_some())?;
        Ok(json!({
            "Service": { "Code": self.service_code()? },
            "PaymentInformation": billing,
            "ShipmentRatingOptions": {
                "NegotiatedRatesIndicator": indicator(self.negotiated),
                "TPFCNegotiatedRatesIndicator": indicator(self.negotiated && self.billing.is_others()),
            },
            "TaxInformationIndicator": indicator(self.with_taxes),
            "DocumentsOnlyIndicator": indicator(self.is_documents()),
            "GoodsNotInFreeCirculationIndicator": indicator(self.not_in_free_circulation),
            "ShipmentIndicationType": self.access_point.as_ref().map(|it| json!([it.write_code()])),
            "ShipmentServiceOptions": {
                "SaturdayDeliveryIndicator": indicator(self.saturday_delivery),
                "SaturdayPickupIndicator": indicator(self.saturday_pickup),
                "DirectDeliveryOnlyIndicator": indicator(self.direct_delivery_only),
                "DeliveryConfirmation": match self.confirmation {
                    Some(it) if !lane.confirms_by_package() => json!({ "DCISType": it.on_shipment() }),
                    _ => Value::Null,
                },
            },
        }))
    }

    /// `Shipment` of rating: names and addresses only, no references, no papers.
    pub(crate) fn write_for_rating(&self) -> Result<Value, Error> {
        self.check_packages()?;
        let mut shipment = self.write_common()?;
        shipment["PaymentDetails"] = shipment["PaymentInformation"].take();
        shipment["Shipper"] = self.shipper.write_place(&SHIPPER)?;
        shipment["Shipper"]["ShipperNumber"] = json!(text::account("account", &self.account)?);
        shipment["ShipTo"] = self.ship_to.write_place(&SHIP_TO)?;
        shipment["ShipTo"]["Address"]["ResidentialAddressIndicator"] = json!(indicator(self.residential));
        shipment["ShipFrom"] = json!(self.ship_from.as_ref().map(|it| it.write_place(&SHIP_FROM)).transpose()?);
        shipment["AlternateDeliveryAddress"] =
            json!(self.access_point.as_ref().map(AccessPointDelivery::write_place).transpose()?);
        shipment["ShipmentServiceOptions"]["ReturnService"] = json!(self.returns.as_ref().map(Returns::write));
        shipment["NumOfPieces"] = json!(self.packages.len().to_string());
        if self.lane().crosses_a_border() {
            shipment["InvoiceLineTotal"] = self.write_value()?;
        }
        let confirmation = self.confirmation.filter(|_| self.lane().confirms_by_package());
        let packages: Result<Vec<Value>, Error> =
            self.packages.iter().map(|it| it.write_for_rating(confirmation)).collect();
        shipment["Package"] = Value::Array(packages?);
        Ok(shipment)
    }

    /// `Shipment` of shipping.
    pub(crate) fn write_for_shipping(&self) -> Result<Value, Error> {
        let lane = self.lane();
        self.check()?;
        let mut shipment = self.write_common()?;
        shipment["Shipper"] = self.shipper.write_contact(&SHIPPER)?;
        shipment["Shipper"]["ShipperNumber"] = json!(text::account("account", &self.account)?);
        shipment["ShipTo"] = self.ship_to.write_contact(&SHIP_TO)?;
        shipment["ShipTo"]["Address"]["ResidentialAddressIndicator"] = json!(indicator(self.residential));
        shipment["ShipFrom"] = json!(self.ship_from.as_ref().map(|it| it.write_contact(&SHIP_FROM)).transpose()?);
        // The one contact that UPS knows no e-mail address of.
        if let Some(ship_from) = shipment["ShipFrom"].as_object_mut() {
            ship_from.remove("EMailAddress");
        }
        shipment["AlternateDeliveryAddress"] =
            json!(self.access_point.as_ref().map(AccessPointDelivery::write_contact).transpose()?);
        shipment["Description"] = json!(text::optional("description", Some(&self.description), 50)?);
        shipment["ShipmentDate"] = json!(self.day());
        shipment["ReturnService"] = json!(self.returns.as_ref().map(Returns::write));
        shipment["GlobalTaxInformation"] = tax::write_all(&self.tax_ids)?;
        self.write_options(&mut shipment["ShipmentServiceOptions"])?;
        if lane.demands_invoice_total() && self.returns.is_none() {
            shipment["InvoiceLineTotal"] = self.write_value()?;
            if shipment["InvoiceLineTotal"].is_null() {
                let way = format!("{} to {}", lane.origin(), lane.destination());
                return Err(Error::invalid("goods_value", format!("is missing: UPS demands it from {way}")));
            }
        }
        let confirmation = self.confirmation.filter(|_| lane.confirms_by_package());
        let mut packages = Vec::new();
        for package in &self.packages {
            let mut written = package.write_for_shipping(confirmation)?;
            if lane.refers_by_package() {
                let all: Vec<&ReferenceNumber> = self.references.iter().chain(&package.references).collect();
                written["ReferenceNumber"] = reference::write_all(&all, true)?;
            }
            packages.push(written);
        }
        if !lane.refers_by_package() {
            let all: Vec<&ReferenceNumber> = self.references.iter().collect();
            shipment["ReferenceNumber"] = reference::write_all(&all, false)?;
        }
        shipment["Package"] = Value::Array(packages);
        Ok(shipment)
    }

    fn write_options(&self, options: &mut Value) -> Result<(), Error> {
        let returns = self.returns.as_ref();
        if let Some(forms) = self.customs.forms() {
            options["InternationalForms"] = forms.write(self.lane().destination(), returns.is_some())?;
        }
        options["Notification"] = notification::write_all(&self.notifications, returns.is_some())?;
        options["LabelDelivery"] = write_label_delivery(returns, self.label_links)?;
        Ok(())
    }

    fn service_code(&self) -> Result<String, Error> {
        let code = text::required("service", self.service.code(), 2)?;
        if code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(code)
        } else {
            Err(Error::invalid("service", "must have two letters or digits"))
        }
    }
}
