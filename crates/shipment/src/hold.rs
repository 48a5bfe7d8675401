//! Holds: why a shipment waits for a person, in words that person can act on.
//!
//! ```text
//! any rule ─► Hold { reason } ─► words (what happened) · field · next step · who can help ─► console, CLI, mail
//! ```
//!
//! A hold is no error: the order is intact, nothing was bought, and somebody has to look. Therefore each
//! reason carries what that person needs to decide without opening three other screens. The sentences leave
//! out which order it is; [`Hold::about`] puts that in front. One exhaustive match per question, so that a new
//! reason has to answer all of them.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::address::{Address, AddressField, Candidate};
use crate::measure::{Dimensions, Weight};
use crate::money::Money;
use crate::number::{CustomerCode, StockCode};

/// A shipment waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Why.
    pub reason: Reason,
}

/// Why a shipment waits, with what a person needs to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The ship-to has no postal code, in a country that has them.
    NoPostalCode {
        /// The country it goes to (ISO 3166, two letters).
        country: String,
    },
    /// Nothing on the document is to ship now.
    NoLines,
    /// The ship-to has no street.
    NoStreet,
    /// A part of the ship-to is missing or cannot be what it should be.
    AddressIncomplete {
        /// Which part.
        field: AddressField,
        /// What stood there; blank when nothing did.
        found: String,
    },
    /// UPS knows the place under another street, house number, city or postal code.
    AddressCorrected {
        /// What the order says.
        was: Box<Address>,
        /// What UPS proposes.
        candidate: Box<Candidate>,
    },
    /// UPS knows several places it could be.
    AddressAmbiguous {
        /// The places, as UPS gave them; they may be street ranges.
        candidates: Vec<Candidate>,
    },
    /// UPS knows no such place.
    AddressNotFound,
    /// UPS does not deliver to post office boxes.
    PoBox {
        /// The line that names one.
        line: String,
    },
    /// UPS does not deliver to military post offices (APO, FPO, DPO).
    MilitaryAddress {
        /// The part that names one.
        line: String,
    },
    /// A text does not fit on the label, even when spread over lines.
    NameTooLong {
        /// Which part of the address.
        field: AddressField,
        /// How many characters it has.
        length: usize,
        /// How many fit.
        max: usize,
    },
    /// A text holds a character that cannot be printed on a label.
    TextNotPrintable {
        /// Which part of the address.
        field: AddressField,
        /// The character, made visible (`U+0007`).
        character: String,
    },
    /// No phone number where UPS or the site wants one, or one that cannot be dialled.
    NoPhone {
        /// What stood there; blank when nothing did.
        found: String,
    },
    /// Stock codes without a mass.
    MissingMass {
        /// Which.
        stock_codes: Vec<StockCode>,
    },
    /// The site lets the bench weigh what SYSPRO has no mass for.
    BenchWeighs,
    /// A package, or a single thing, is heavier than a package may be.
    Overweight {
        /// How heavy, packaging included.
        weight: Weight,
        /// How heavy it may be.
        max: Weight,
    },
    /// A package is larger than UPS takes.
    Oversize {
        /// How large.
        dimensions: Dimensions,
    },
    /// More packages than UPS takes in one shipment.
    TooManyPackages {
        /// How many it would be, at least.
        count: usize,
        /// How many it may be.
        max: usize,
    },
    /// The ship-via speaks of UPS but no rule of the site says which service is meant.
    UnmappedShipVia {
        /// Code and text as SYSPRO has them.
        ship_via: String,
    },
    /// A rule of the site holds this ship-via.
    ShipViaHold {
        /// Code and text as SYSPRO has them.
        ship_via: String,
    },
    /// The customer is on hold in SYSPRO.
    CustomerOnHold {
        /// Which customer.
        customer: CustomerCode,
    },
    /// The document is in suspense or on hold in SYSPRO.
    InSuspense {
        /// SYSPRO's status code.
        status: String,
    },
    /// The ship date would be more than seven days away.
    ShipDateTooFar {
        /// The date it would be.
        date: Date,
        /// The last date UPS takes today.
        latest: Date,
    },
    /// The ship-from's calendar has no working day in sight.
    NoWorkingDay {
        /// From which date on was looked.
        from: Date,
    },
    /// What the goods are worth is not known, and customs or UPS ask for it on this lane.
    NoGoodsValue {
        /// Why, in plain words.
        why: String,
    },
    /// The quote is above the site's limit.
    OverSpend {
        /// What it would cost.
        quote: Money,
        /// What it may cost.
        limit: Money,
    },
    /// UPS refused the shipment's data.
    RejectedByUps {
        /// UPS's code.
        code: String,
        /// UPS's words.
        message: String,
        /// The part of the shipment UPS means, when known.
        field: Option<String>,
    },
    /// SYSPRO already carries a tracking number that is not ours.
    AlreadyShipped {
        /// That number.
        tracking: String,
    },
    /// The document changed in SYSPRO after the label was bought.
    ChangedAfterBooking {
        /// What changed, in plain words ("the ship-to", "it was cancelled").
        what: String,
    },
    /// The label was voided at UPS by somebody else.
    VoidedElsewhere,
    /// UPS refused to void the label.
    VoidRefused {
        /// UPS's words.
        words: String,
    },
    /// A label that nobody wants stands at UPS and cannot be voided.
    LateTwin {
        /// Its number.
        number: String,
        /// Why it cannot be voided, in UPS's words.
        words: String,
    },
    /// A package travels whose label was voided.
    VoidedButScanned {
        /// Its number.
        number: String,
        /// The scan, in UPS's words.
        scan: String,
    },
    /// SYSPRO refused what we wrote.
    WriteBackRefused {
        /// Which step.
        step: String,
        /// SYSPRO's words.
        message: String,
    },
    /// A step did not succeed within the site's patience.
    PatienceEnded {
        /// Which step.
        step: String,
        /// What went wrong last.
        last: String,
    },
    /// Something we read cannot be understood.
    NotReadable {
        /// What, in plain words.
        what: String,
    },
    /// Bytes went to a printer that does not acknowledge; the label may be out or not.
    MaybePrinted {
        /// Which printer.
        printer: String,
    },
    /// A person stopped it.
    HeldByPerson {
        /// Why, in their words.
        words: String,
    },
}

/// Who can usually put a hold right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// Those who pack and weigh.
    Warehouse,
    /// Those who speak with the customer.
    CustomerService,
    /// Those who release credit and money.
    Finance,
    /// Those who run SYSPRO and this connector.
    It,
}

impl From<Reason> for Hold {
    fn from(reason: Reason) -> Self {
        Self { reason }
    }
}

impl Hold {
    /// A hold for a reason.
    pub fn of(reason: Reason) -> Self {
        Self { reason }
    }

    /// A stable name for lists, filters and counters.
    pub fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// What happened, as one plain sentence.
    pub fn words(&self) -> String {
        self.reason.words()
    }

    /// What a person does next, as one plain sentence.
    pub fn next_step(&self) -> String {
        self.reason.next_step()
    }

    /// Who can usually help.
    pub fn owner(&self) -> Owner {
        self.reason.owner()
    }

    /// The field to correct, in the words of SYSPRO's screens, where there is one.
    pub fn field(&self) -> Option<&'static str> {
        self.reason.field()
    }

    /// The whole message: which order, what happened, next step.
    pub fn about(&self, order: &str) -> String {
        format!("{order}: {} {}", self.words(), self.next_step())
    }
}

impl Reason {
    /// A stable name for lists, filters and counters.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoPostalCode { .. } => "no_postal_code",
            Self::NoLines => "no_lines",
            Self::NoStreet => "no_street",
            Self::AddressIncomplete { .. } => "address_incomplete",
            Self::AddressCorrected { .. } => "address_corrected",
            Self::AddressAmbiguous { .. } => "address_ambiguous",
            Self::AddressNotFound => "address_not_found",
            Self::PoBox { .. } => "po_box",
            Self::MilitaryAddress { .. } => "military_address",
            Self::NameTooLong { .. } => "name_too_long",
            Self::TextNotPrintable { .. } => "text_not_printable",
            Self::NoPhone { .. } => "no_phone",
            Self::MissingMass { .. } => "missing_mass",
            Self::BenchWeighs => "bench_weighs",
            Self::Overweight { .. } => "overweight",
            Self::Oversize { .. } => "oversize",
            Self::TooManyPackages { .. } => "too_many_packages",
            Self::UnmappedShipVia { .. } => "unmapped_ship_via",
            Self::ShipViaHold { .. } => "ship_via_hold",
            Self::CustomerOnHold { .. } => "customer_on_hold",
            Self::InSuspense { .. } => "in_suspense",
            Self::ShipDateTooFar { .. } => "ship_date_too_far",
            Self::NoWorkingDay { .. } => "no_working_day",
            Self::NoGoodsValue { .. } => "no_goods_value",
            Self::OverSpend { .. } => "over_spend",
            Self::RejectedByUps { .. } => "rejected_by_ups",
            Self::AlreadyShipped { .. } => "already_shipped",
            Self::ChangedAfterBooking { .. } => "changed_after_booking",
            Self::VoidedElsewhere => "voided_elsewhere",
            Self::VoidRefused { .. } => "void_refused",
            Self::LateTwin { .. } => "late_twin",
            Self::VoidedButScanned { .. } => "voided_but_scanned",
            Self::WriteBackRefused { .. } => "write_back_refused",
            Self::PatienceEnded { .. } => "patience_ended",
            Self::NotReadable { .. } => "not_readable",
            Self::MaybePrinted { .. } => "maybe_printed",
            Self::HeldByPerson { .. } => "held_by_person",
        }
    }

    /// What happened, as one plain sentence.
    pub fn words(&self) -> String {
        match self {
            Self::NoPostalCode { country } => format!("The ship-to has no postal code, and {country} needs one."),
            Self::NoLines => "No line of the document has anything to ship now.".to_owned(),
            Self::NoStreet => "The ship-to has no street.".to_owned(),
            Self::AddressIncomplete { field, found } if found.is_empty() => format!("The ship-to has no {field}."),
            Self::AddressIncomplete { field, found } => {
                format!("The ship-to's {field} reads \"{found}\", which is not one UPS knows.")
            }
            Self::AddressCorrected { was, candidate } => format!(
                "The order ships to \"{}\", but UPS knows the place as \"{}\".",
                was.place_line(),
                candidate.place_line()
            ),
            Self::AddressAmbiguous { candidates } => several_places(candidates),
            Self::AddressNotFound => "UPS finds no such place as the ship-to.".to_owned(),
            Self::PoBox { line } => {
                format!("The ship-to names a post office box (\"{line}\"), where UPS does not deliver.")
            }
            Self::MilitaryAddress { line } => {
                format!("The ship-to is a military post office (\"{line}\"), where UPS does not deliver.")
            }
            Self::NameTooLong { field, length, max } => format!(
                "The ship-to's {field} has {length} characters and does not fit on a label, where a line takes {max}."
            ),
            Self::TextNotPrintable { field, character } => {
                format!("The ship-to's {field} holds a character no label can show ({character}).")
            }
            Self::NoPhone { found } if found.is_empty() => {
                "The consignee has no phone number, and this shipment needs one.".to_owned()
            }
            Self::NoPhone { found } => format!("The consignee's phone number \"{found}\" cannot be dialled."),
            Self::MissingMass { stock_codes } => {
                format!("The weight is not known: no mass is maintained for {}.", joined(stock_codes))
            }
            Self::BenchWeighs => "The weight is not known from SYSPRO and the bench has not weighed it yet.".to_owned(),
            Self::Overweight { weight, max } => format!("A package would weigh {weight}; {max} is allowed."),
            Self::Oversize { dimensions } => format!("A package measuring {dimensions} is larger than UPS takes."),
            Self::TooManyPackages { count, max } => {
                format!("This would be {count} packages or more; UPS takes {max} in one shipment.")
            }
            Self::UnmappedShipVia { ship_via } => {
                format!(
                    "The ship-via \"{ship_via}\" speaks of UPS, but no rule says which service it means or who pays."
                )
            }
            Self::ShipViaHold { ship_via } => {
                format!("The site's rules hold every order with ship-via \"{ship_via}\".")
            }
            Self::CustomerOnHold { customer } => format!("Customer {customer} is on hold in SYSPRO."),
            Self::InSuspense { status } => {
                format!("The document is in suspense or on hold in SYSPRO (status {status}).")
            }
            Self::ShipDateTooFar { date, latest } => {
                format!("It would ship on {date}; UPS takes dates up to {latest} today.")
            }
            Self::NoWorkingDay { from } => {
                format!("The ship-from's calendar has no working day in the weeks after {from}.")
            }
            Self::NoGoodsValue { why } => format!("The goods' value for customs is not known: {why}."),
            Self::OverSpend { quote, limit } => format!("UPS quotes {quote}; the site's limit is {limit}."),
            Self::RejectedByUps { code, message, field: Some(field) } => {
                format!("UPS refused the {field}: \"{message}\" (code {code}).")
            }
            Self::RejectedByUps { code, message, field: None } => {
                format!("UPS refused the shipment: \"{message}\" (code {code}).")
            }
            Self::AlreadyShipped { tracking } => {
                format!("SYSPRO already carries the tracking number {tracking}, which is not one of ours.")
            }
            Self::ChangedAfterBooking { what } => format!("After its label was bought the document changed: {what}."),
            Self::VoidedElsewhere => "The label was voided at UPS, and not by this connector.".to_owned(),
            Self::VoidRefused { words } => format!("UPS did not void the label: \"{words}\"."),
            Self::LateTwin { number, words } => {
                format!(
                    "UPS has a second label, {number}, of an attempt that was given up, and does not void it: \"{words}\"."
                )
            }
            Self::VoidedButScanned { number, scan } => {
                format!("The label {number} was voided, and UPS has scanned the package: \"{scan}\".")
            }
            Self::WriteBackRefused { step, message } => {
                format!("The label is bought, but SYSPRO refused the step \"{step}\": \"{message}\".")
            }
            Self::PatienceEnded { step, last } => {
                format!("The step \"{step}\" was tried again and again without success; last: {last}.")
            }
            Self::NotReadable { what } => format!("Something in the document cannot be understood: {what}."),
            Self::MaybePrinted { printer } => {
                format!(
                    "The label was on its way to printer {printer} when the connection broke; it may be out or not."
                )
            }
            Self::HeldByPerson { words } => format!("A person put it on hold: \"{words}\"."),
        }
    }

    /// What a person does next, as one plain sentence.
    pub fn next_step(&self) -> String {
        let step = match self {
            Self::NoPostalCode { .. } => "Enter the postal code on the order in SYSPRO; it goes on by itself.",
            Self::NoLines => "Release quantities to ship in SYSPRO, or withdraw the shipment here.",
            Self::NoStreet => "Enter the street on the order in SYSPRO; it goes on by itself.",
            Self::AddressIncomplete { .. } => "Correct it on the order in SYSPRO; it goes on by itself.",
            Self::AddressCorrected { .. } => {
                "Ask the customer which is right, then accept UPS's address, keep the order's, or correct it in SYSPRO."
            }
            Self::AddressAmbiguous { .. } => {
                "Ask the customer, then choose one of them here or correct the order in SYSPRO."
            }
            Self::AddressNotFound => "Ask the customer, then correct the order in SYSPRO or keep its address here.",
            Self::PoBox { .. } => "Ask the customer for a street address, or send it by post and withdraw it here.",
            Self::MilitaryAddress { .. } => {
                "Send it by post and withdraw it here, or ask the customer for another address."
            }
            Self::NameTooLong { .. } => "Shorten it on the order in SYSPRO; nothing is cut off unasked.",
            Self::TextNotPrintable { .. } => "Type that part anew on the order in SYSPRO, in Latin letters.",
            Self::NoPhone { .. } => {
                "Enter a phone number for the customer in SYSPRO, or a stand-in in the site's settings."
            }
            Self::MissingMass { .. } => "Maintain the mass of these stock codes in SYSPRO, or weigh the packages here.",
            Self::BenchWeighs => "Pack it, put each package on the scale and enter the weights.",
            Self::Overweight { .. } => "Pack it into lighter packages and enter their weights, or send it as freight.",
            Self::Oversize { .. } => "Use a smaller box and enter it, or send it as freight.",
            Self::TooManyPackages { .. } => "Split the order in SYSPRO, use larger packages, or send it as freight.",
            Self::UnmappedShipVia { .. } => {
                "Add a rule for this ship-via to the site's settings, or choose another ship-via on the order in SYSPRO."
            }
            Self::ShipViaHold { .. } => "Choose the service here, or another ship-via on the order in SYSPRO.",
            Self::CustomerOnHold { .. } => "Clear the customer's account in SYSPRO; it goes on by itself.",
            Self::InSuspense { .. } => "Release the document in SYSPRO; it goes on by itself.",
            Self::ShipDateTooFar { .. } => {
                "Wait until the date is near enough, or release it to ship now or change the required date in SYSPRO."
            }
            Self::NoWorkingDay { .. } => "Correct working days and holidays of the ship-from in the site's settings.",
            Self::NoGoodsValue { .. } => {
                "Correct the prices or the currency in SYSPRO, or ship it by hand on ups.com and withdraw it here; then retry."
            }
            Self::OverSpend { .. } => {
                "Approve the price here, choose a cheaper ship-via in SYSPRO, or raise the limit."
            }
            Self::RejectedByUps { .. } => "Correct that on the order in SYSPRO and retry it here; no label was bought.",
            Self::AlreadyShipped { .. } => {
                "Check whether the goods have left; then withdraw it here, or clear that number in SYSPRO and retry."
            }
            Self::ChangedAfterBooking { .. } => "Stop the package and void its label here, or let it go as it is.",
            Self::VoidedElsewhere => "Find the package; then buy a new label here, or withdraw the shipment.",
            Self::VoidRefused { .. } => "Void it on ups.com or by telephone while UPS still allows it, or let it go.",
            Self::LateTwin { .. } => {
                "Void it on ups.com or by telephone, or let it travel; then release it here. It is billed unless voided."
            }
            Self::VoidedButScanned { .. } => {
                "Find out which box carries it and whether another label was bought; UPS bills what travels."
            }
            Self::WriteBackRefused { .. } => {
                "Correct the cause in SYSPRO and retry the write-back here; the label stays as it is."
            }
            Self::PatienceEnded { .. } => "Look into the cause and retry it here; nothing was lost.",
            Self::NotReadable { .. } => "Correct it on the document in SYSPRO, or show this message to IT.",
            Self::MaybePrinted { .. } => {
                "Look at the printer: confirm the label here, or reprint it. A reprint buys nothing."
            }
            Self::HeldByPerson { .. } => "Release it here when it may go on.",
        };
        step.to_owned()
    }

    /// Who can usually help.
    pub fn owner(&self) -> Owner {
        match self {
            Self::NoLines
            | Self::BenchWeighs
            | Self::MissingMass { .. }
            | Self::Overweight { .. }
            | Self::Oversize { .. }
            | Self::TooManyPackages { .. }
            | Self::MaybePrinted { .. }
            | Self::AlreadyShipped { .. }
            | Self::VoidedElsewhere
            | Self::VoidedButScanned { .. } => Owner::Warehouse,
            Self::NoPostalCode { .. }
            | Self::NoStreet
            | Self::AddressIncomplete { .. }
            | Self::AddressCorrected { .. }
            | Self::AddressAmbiguous { .. }
            | Self::AddressNotFound
            | Self::PoBox { .. }
            | Self::MilitaryAddress { .. }
            | Self::NameTooLong { .. }
            | Self::TextNotPrintable { .. }
            | Self::NoPhone { .. }
            | Self::ShipViaHold { .. }
            | Self::ShipDateTooFar { .. }
            | Self::RejectedByUps { .. }
            | Self::ChangedAfterBooking { .. }
            | Self::VoidRefused { .. }
            | Self::LateTwin { .. }
            | Self::HeldByPerson { .. } => Owner::CustomerService,
            Self::CustomerOnHold { .. }
            | Self::InSuspense { .. }
            | Self::NoGoodsValue { .. }
            | Self::OverSpend { .. } => Owner::Finance,
            Self::UnmappedShipVia { .. }
            | Self::NoWorkingDay { .. }
            | Self::WriteBackRefused { .. }
            | Self::PatienceEnded { .. }
            | Self::NotReadable { .. } => Owner::It,
        }
    }

    /// The field to correct, in the words of SYSPRO's screens, where there is one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoPostalCode { .. } => Some(AddressField::PostalCode.label()),
            Self::NoStreet | Self::PoBox { .. } => Some(AddressField::Street.label()),
            Self::MilitaryAddress { .. } => Some(AddressField::City.label()),
            Self::AddressIncomplete { field, .. }
            | Self::NameTooLong { field, .. }
            | Self::TextNotPrintable { field, .. } => Some(field.label()),
            Self::AddressCorrected { .. } | Self::AddressAmbiguous { .. } | Self::AddressNotFound => {
                Some("ship-to address")
            }
            Self::NoPhone { .. } => Some(AddressField::Phone.label()),
            Self::NoLines => Some("quantity to ship"),
            Self::MissingMass { .. } => Some("mass"),
            Self::BenchWeighs | Self::Overweight { .. } => Some("package weight"),
            Self::Oversize { .. } => Some("package dimensions"),
            Self::TooManyPackages { .. } => Some("number of packages"),
            Self::UnmappedShipVia { .. } | Self::ShipViaHold { .. } => Some("ship-via"),
            Self::CustomerOnHold { .. } => Some("customer on hold"),
            Self::InSuspense { .. } => Some("status"),
            Self::ShipDateTooFar { .. } => Some("required date"),
            Self::NoWorkingDay { .. } => Some("working days"),
            Self::NoGoodsValue { .. } => Some("price"),
            Self::OverSpend { .. } => Some("spending limit"),
            Self::AlreadyShipped { .. } => Some("tracking number"),
            Self::RejectedByUps { .. }
            | Self::ChangedAfterBooking { .. }
            | Self::VoidedElsewhere
            | Self::VoidRefused { .. }
            | Self::LateTwin { .. }
            | Self::VoidedButScanned { .. }
            | Self::WriteBackRefused { .. }
            | Self::PatienceEnded { .. }
            | Self::NotReadable { .. }
            | Self::MaybePrinted { .. }
            | Self::HeldByPerson { .. } => None,
        }
    }
}

/// "UPS knows 3 places it could be: 1 A ST, …", naming the first three.
fn several_places(candidates: &[Candidate]) -> String {
    const NAMED: usize = 3;
    let named: Vec<String> = candidates.iter().take(NAMED).map(|it| format!("\"{}\"", it.place_line())).collect();
    let more = if candidates.len() > NAMED { " and others" } else { "" };
    format!("UPS knows {} places the ship-to could be: {}{more}.", candidates.len(), named.join(", "))
}

/// Stock codes as a sentence lists them, the first five by name.
fn joined(stock_codes: &[StockCode]) -> String {
    const NAMED: usize = 5;
    let named: Vec<&str> = stock_codes.iter().take(NAMED).map(StockCode::as_str).collect();
    match stock_codes.len().saturating_sub(NAMED) {
        _ if stock_codes.is_empty() => "lines without a stock code".to_owned(),
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

impl Owner {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Warehouse, Self::CustomerService, Self::Finance, Self::It];

    /// The name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warehouse => "warehouse",
            Self::CustomerService => "customer_service",
            Self::Finance => "finance",
            Self::It => "it",
        }
    }

    /// The owner of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warehouse => "warehouse",
            Self::CustomerService => "customer service",
            Self::Finance => "finance",
            Self::It => "IT",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn a_hold_says_which_order_what_happened_and_what_to_do() {
        let hold = Hold::of(Reason::NoPostalCode { country: "US".to_owned() });
        assert_eq!(
            hold.about("sales order 000346"),
            "sales order 000346: The ship-to has no postal code, and US needs one. \
             Enter the postal code on the order in SYSPRO; it goes on by itself."
        );
        assert_eq!((hold.field(), hold.owner()), (Some("postal code"), Owner::CustomerService));
    }

    #[test]
    fn a_dear_quote_is_finances_and_names_both_amounts() {
        let money = |minor| Money::new(minor, Currency::USD);
        let hold = Hold::of(Reason::OverSpend { quote: money(12_345), limit: money(10_000) });
        assert_eq!(hold.words(), "UPS quotes 123.45 USD; the site's limit is 100.00 USD.");
        assert_eq!(hold.owner(), Owner::Finance);
    }

    #[test]
    fn many_stock_codes_without_mass_are_counted_after_the_fifth() {
        let stock_codes = (1..=7).map(|n| format!("P{n}").parse().expect("a stock code")).collect();
        let hold = Hold::of(Reason::MissingMass { stock_codes });
        assert!(hold.words().ends_with("P1, P2, P3, P4, P5 and 2 more."), "{}", hold.words());
    }

    #[test]
    fn a_hold_is_stored_under_its_code() {
        let hold = Hold::of(Reason::MaybePrinted { printer: "dock-2".to_owned() });
        let stored = serde_json::to_string(&hold).expect("it can be written");
        assert_eq!(stored, r#"{"reason":{"maybe_printed":{"printer":"dock-2"}}}"#);
        assert_eq!(serde_json::from_str::<Hold>(&stored).expect("it can be read"), hold);
    }
}
