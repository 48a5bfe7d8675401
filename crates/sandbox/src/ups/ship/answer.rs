//! What ship answers: charges, numbers, labels, receipts and forms of a sold shipment.
//!
//! Everything is written as lists first; [`Lists`](super::super::envelope::Lists) folds them as the
//! version wants. `SubVersion` decides which charges are told: the shipment's items from 1601, a
//! package's from 1607, base charges from 1701, modifiers from 2205.

use serde_json::{Value, json};

use super::super::Manners;
use super::super::asked::Asked;
use super::super::charges::{billing_weight, itemize, modify, money, tax};
use super::super::envelope::alert;
use super::super::forms;
use super::super::label::{self, Face, Format, encoded, image, put_image};
use super::super::number::masked;
use super::super::price::{PackagePrice, Price, handled_unasked};
use super::super::receipt::{self, Paper};
use super::super::shelf::Booked;

const NOT_QUALIFIED: &str = "User Id and Shipper Number combination is not qualified to receive negotiated rates.";

/// A sold shipment on its way out.
pub(super) struct Waybill<'a> {
    pub(super) asked: &'a Asked,
    pub(super) booked: &'a Booked,
    pub(super) published: &'a Price,
    pub(super) negotiated: Option<&'a Price>,
    pub(super) format: Format,
    pub(super) paper: Paper,
    pub(super) manners: &'a Manners,
}

impl Waybill<'_> {
    pub(super) fn alerts(&self) -> Vec<Value> {
        let asked = self.asked;
        let mut alerts = Vec::new();
        if asked.negotiated && self.negotiated.is_none() {
            alerts.push(alert("120900", NOT_QUALIFIED));
        }
        for number in handled_unasked(asked) {
            let words = format!("Additional Handling has automatically been set on Package {number}.");
            alerts.push(alert("129001", &words));
        }
        if asked.is_international() && !asked.is_letter_or_documents() && !asked.is_return() && !self.has_invoice() {
            alerts.push(alert("120016", "Customs Invoice is required when the shipment is tendered to UPS."));
        }
        if asked.charge("02").is_some() && (asked.is_qualified_domestic() || asked.is_letter_or_documents()) {
            let words = "The payer of Duty and Tax charges is not required for UPS Letter, Documents of No Commercial \
                         Value or Qualified Domestic Shipments.";
            alerts.push(alert("121524", words));
        }
        if receipt::is_of_high_value(self.booked) {
            let words = "For packages with high value report: have a UPS driver or UPS Customer Center representative \
                         sign one copy of the receipt.";
            alerts.push(alert("120022", words));
        }
        alerts
    }

    fn has_invoice(&self) -> bool {
        self.asked.forms.as_ref().is_some_and(|forms| forms.has("01"))
    }

    fn is_return(&self) -> bool {
        self.booked.return_service.is_some()
    }

    /// UPS delivers the label itself: by mail, by its driver, by e-mail.
    fn label_goes_elsewhere(&self) -> bool {
        matches!(self.booked.return_service.as_deref(), Some("2" | "3" | "5" | "8"))
    }

    pub(super) fn results(&self) -> Value {
        let (price, manners) = (self.published, self.manners);
        let number = masked(self.booked.number(), manners);
        let mut results = json!({
            "Disclaimer": [{
                "Code": if self.asked.is_international() { "02" } else { "01" },
                "Description": disclaimer(self.asked),
            }],
            "ShipmentCharges": self.charges(),
            "BillingWeight": billing_weight(price.billing_weight(), price.weight_unit),
            "ShipmentIdentificationNumber": number,
            "PackageResults": (0..self.booked.parcels.len()).map(|index| self.package(index)).collect::<Vec<_>>(),
        });
        if self.asked.wants_method {
            results["RatingMethod"] = json!("02");
            results["BillableWeightCalculationMethod"] = json!("02");
        }
        if let Some(negotiated) = self.negotiated {
            let mut charges = json!({"TotalCharge": money(negotiated.total(), negotiated.currency)});
            if self.asked.sub_version >= 1601 {
                itemize(&mut charges, &negotiated.items(), negotiated.currency);
            }
            tax(&mut charges, negotiated);
            results["NegotiatedRateCharges"] = charges;
        }
        self.papers(&mut results);
        self.links(&mut results);
        results
    }

    fn charges(&self) -> Value {
        let (price, currency) = (self.published, self.published.currency);
        let mut charges = json!({
            "TransportationCharges": money(price.total() - price.options(), currency),
            "ServiceOptionsCharges": money(price.options(), currency),
            "TotalCharges": money(price.total(), currency),
        });
        if self.asked.sub_version >= 1601 {
            itemize(&mut charges, &price.items(), currency);
        }
        if self.asked.sub_version >= 1701 {
            charges["BaseServiceCharge"] = money(price.base(), currency);
        }
        tax(&mut charges, price);
        charges
    }

    fn papers(&self, results: &mut Value) {
        let manners = self.manners;
        if receipt::is_of_high_value(self.booked) {
            let log = receipt::control_log(self.booked, self.paper, manners);
            if self.is_return() {
                results["HighValueReport"] = json!({"Image": log});
            } else {
                results["ControlLogReceipt"] = json!([log]);
            }
        }
        let Some(wanted) = &self.asked.forms else { return };
        let number = masked(self.booked.number(), manners);
        results["Form"] = json!({
            "Code": "01",
            "Description": "All Requested International Forms",
            "Image": image("PDF", &forms::document(self.asked, wanted, &number), manners),
        });
    }

    /// The links are the one place where the test host forgets to mask the number.
    fn links(&self, results: &mut Value) {
        if !self.asked.options.label_links {
            return;
        }
        let number = self.booked.number();
        let link = |what: &str| {
            let cie = self.manners.is_cie();
            format!("https://labels.sandbox.invalid/uel/llp/{number}/link/{what}/en_US?loc=en_US&cie={cie}")
        };
        results["LabelURL"] = json!(link("labelAll"));
        if self.is_return() {
            results["ReceiptURL"] = json!(link("receipt"));
        }
    }

    fn package(&self, index: usize) -> Value {
        let (charges, currency) = (&self.published.packages[index], self.published.currency);
        let mut package = json!({
            "TrackingNumber": masked(&self.booked.parcels[index].number, self.manners),
            "ServiceOptionsCharges": money(charges.options(), currency),
        });
        self.package_charges(&mut package, charges, index);
        if !self.label_goes_elsewhere() {
            package["ShippingLabel"] = self.label(index);
        }
        if self.booked.service.indicator() == "YW" {
            let digits: String = self.booked.parcels[index].number.chars().filter(char::is_ascii_digit).collect();
            package["USPSPICNumber"] = json!(format!("92{digits:0>20}"));
        }
        let receipt = match self.booked.return_service.as_deref() {
            Some("9" | "10") => true,
            Some("8") => self.asked.sub_version >= 1707,
            _ => false,
        };
        if receipt {
            package["ShippingReceipt"] = receipt::of_return(self.booked, index, self.paper, self.manners);
        }
        package
    }

    fn package_charges(&self, package: &mut Value, charges: &PackagePrice, index: usize) {
        let (currency, sub_version) = (self.published.currency, self.asked.sub_version);
        if sub_version >= 1701 {
            package["BaseServiceCharge"] = money(charges.base, currency);
        }
        if sub_version >= 1607 {
            itemize(package, &charges.items, currency);
            if let Some(own) = self.negotiated.and_then(|price| price.packages.get(index)) {
                let mut negotiated = json!({});
                itemize(&mut negotiated, &own.items, currency);
                package["NegotiatedCharges"] = negotiated;
            }
        }
        if sub_version >= 2205 {
            modify(package, charges.modifier.as_ref());
        }
    }

    fn label(&self, index: usize) -> Value {
        let (format, manners) = (self.format, self.manners);
        let face = Face::of(self.booked, index, manners);
        let mut label = json!({"ImageFormat": {"Code": format.code(), "Description": format.code()}});
        put_image(&mut label, &face.draw(format), manners);
        if matches!(format, Format::Gif | Format::Png) {
            label["HTMLImage"] = json!(encoded(face.html().as_bytes(), manners));
        }
        let abroad = !matches!(&*self.booked.origin.country, "US" | "PR");
        if abroad && index == 0 && format.is_thermal() {
            label["InternationalSignatureGraphicImage"] = json!(encoded(&label::signature_box(format), manners));
        }
        label
    }
}

fn disclaimer(asked: &Asked) -> &'static str {
    if asked.is_international() {
        "Additional duties and taxes may apply and are not reflected in the total amount due."
    } else {
        "Taxes are included in the shipping cost and apply to the transportation charges."
    }
}
