//! Address: from SYSPRO's free lines to a place UPS delivers to.
//!
//! ```text
//! five lines ─► Map::read ─► Address ─► (UPS is asked) ─► judge ─► confirmed, or taken over in UPS's spelling
//!                  │ incomplete, PO box, too long            │ another street, number, city
//!                  └─► Hold ◄────────────────────────────────┘
//! ```
//!
//! SYSPRO has no structured city, state or country: which line means what is each site's habit, put down in
//! its [`Map`]. Nothing is cut off to fit and nothing is made up to be complete. UPS calls an address valid
//! that it corrected, so "valid" is compared with what was asked: spelling is taken over unasked, another
//! place never is. A person's decision is remembered by [`memory_key`]. UPS checks streets in the United
//! States and Puerto Rico; elsewhere only the form of postal codes and states is looked at here.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::book::{NoRoom, Rewrite};
pub use self::judge::judge;
use crate::document::{Document, SysproAddress};
use crate::hold::{Hold, Reason};
use crate::number::Hash;
use crate::service::Service;

mod book;
mod fit;
mod judge;
mod places;
mod spelling;

/// A ship-to with its parts known, as it goes on the label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The consignee, 35 characters at most.
    pub name: String,
    /// A second line of the name, 35 characters at most.
    pub attention: Option<String>,
    /// One to three lines of 35 characters at most.
    pub lines: Vec<String>,
    /// The city, 30 characters at most.
    pub city: String,
    /// The state or province as UPS has it (two letters in the United States and Canada); may be blank elsewhere.
    pub state: String,
    /// The postal code, without blanks or hyphens where UPS wants none; blank in countries that have none.
    pub postal_code: String,
    /// The country (ISO 3166, two letters; Puerto Rico is `PR`, as UPS has it).
    pub country: String,
    /// The phone number.
    pub phone: Option<String>,
    /// The mail address.
    pub email: Option<String>,
}

/// A part of an address, in people's words when displayed ("postal code").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressField {
    /// The consignee.
    Name,
    /// The second line of the name.
    Attention,
    /// The street lines.
    Street,
    /// The city.
    City,
    /// The state or province.
    State,
    /// The postal code.
    PostalCode,
    /// The country.
    Country,
    /// The phone number.
    Phone,
}

/// Where a site keeps the parts of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map {
    /// Places of the street lines, in order.
    pub street: Vec<Place>,
    /// Place of the city.
    pub city: Place,
    /// Place of the state.
    pub state: Place,
    /// Place of the country; [`Place::Absent`] for a site whose addresses are all in the default country.
    pub country: Place,
    /// The country where the country's place is blank (ISO 3166, two letters).
    pub default_country: String,
    /// The site's own names for countries, to two letters; asked before the built-in names.
    pub countries: BTreeMap<String, String>,
}

/// A place in SYSPRO's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// One of the lines, 1 to 5.
    Line(u8),
    /// The state field.
    State,
    /// The nationality field.
    Nationality,
    /// Nowhere.
    Absent,
}

/// Whether a shipment must have the consignee's phone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PhoneRule {
    /// Every order needs one, not only those for which UPS wants it.
    pub required: bool,
    /// The number the site put down for consignees without one (its own, usually). Never made up.
    pub stand_in: Option<String>,
}

/// What UPS answered to an address check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckAnswer {
    /// One place, in UPS's spelling. It need not be the spelling, or even the place, that was asked for.
    Valid(Candidate),
    /// Several places it could be, possibly ranges of house numbers.
    Ambiguous(Vec<Candidate>),
    /// No such place.
    NotFound,
    /// UPS checks streets in the United States and Puerto Rico only.
    NotCovered,
}

/// A place UPS knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Street lines.
    pub lines: Vec<String>,
    /// City.
    pub city: String,
    /// State.
    pub state: String,
    /// Postal code (ZIP, five digits).
    pub postal_code: String,
    /// What follows it (the four digits of ZIP+4).
    pub postal_extension: Option<String>,
    /// Country (ISO 3166, two letters).
    pub country: String,
    /// What sort of place.
    pub class: Class,
}

/// What sort of place an address is; residential delivery costs extra.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A business.
    Commercial,
    /// A home.
    Residential,
    /// UPS does not say.
    Unknown,
}

/// What follows from UPS's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// The place is as the order says.
    Confirmed {
        /// What sort of place.
        class: Class,
    },
    /// The place is the order's in UPS's spelling, which is taken over.
    TakenOver {
        /// The address from here on.
        address: Address,
        /// What sort of place.
        class: Class,
        /// What changed in spelling.
        difference: Vec<Difference>,
    },
    /// UPS does not check streets there; only the form of the address was looked at.
    Unchecked,
    /// A person decides.
    Ask(Hold),
}

/// One difference of spelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which part.
    pub field: AddressField,
    /// As the order had it.
    pub was: String,
    /// As it is now.
    pub now: String,
}

/// An address a person accepted, to be used again for the same customer, ship-to and text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedAddress {
    /// The address as accepted.
    pub address: Address,
    /// What sort of place it is.
    pub class: Class,
}

impl Map {
    /// Reads a document's ship-to by the site's map.
    ///
    /// # Errors
    /// A hold when a part is missing, does not fit on a label, or is one UPS does not deliver to.
    pub fn read(&self, document: &Document, phone: &PhoneRule) -> Result<Address, Hold> {
        let ship_to = &document.ship_to;
        let name = if ship_to.name.trim().is_empty() { &document.customer_name } else { &ship_to.name };
        let (name, attention) = fit::name(&present(AddressField::Name, name)?)?;
        let place = self.read_place(ship_to)?;
        Ok(Address {
            name,
            attention,
            phone: phone.choose(document.phone.as_deref(), &place.country)?,
            email: document.email.as_deref().map(str::trim).filter(|email| email.contains('@')).map(str::to_owned),
            ..place
        })
    }

    /// Reads the place alone, of an address that no document carries: the name is as it stands, and there is no contact, phone or mail.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_place(&self, ship_to: &SysproAddress) -> Result<Address, Hold> {
        let street = self.street_lines(ship_to)?;
        let city = present(AddressField::City, self.city.text_in(ship_to))?;
        let state = fit::clean(AddressField::State, self.state.text_in(ship_to))?;
        refuse_undeliverable(&street, &city, &state)?;
        let country = self.country_of(ship_to, &state)?;
        let state = places::state(&country, &state)
            .ok_or_else(|| Reason::AddressIncomplete { field: AddressField::State, found: state.clone() })?;
        let postal_code = postal_code(&country, &ship_to.postal_code)?;
        Ok(Address {
            name: ship_to.name.trim().to_owned(),
            attention: None,
            lines: fit::street(&street)?,
            city: fit::city(city)?,
            state,
            postal_code,
            phone: None,
            email: None,
            country,
        })
    }

    fn street_lines(&self, ship_to: &SysproAddress) -> Result<Vec<String>, Hold> {
        let mut lines = Vec::with_capacity(self.street.len());
        for place in &self.street {
            let line = fit::clean(AddressField::Street, place.text_in(ship_to))?;
            if !line.is_empty() {
                lines.push(line);
            }
        }
        if lines.is_empty() { Err(Reason::NoStreet.into()) } else { Ok(lines) }
    }

    /// Puerto Rico and the other islands with a UPS country of their own are states in many an address book.
    fn country_of(&self, ship_to: &SysproAddress, state: &str) -> Result<String, Hold> {
        let text = fit::clean(AddressField::Country, self.country.text_in(ship_to))?;
        let country = if text.is_empty() {
            self.default_country.to_ascii_uppercase()
        } else {
            self.named_country(&text).ok_or(Reason::AddressIncomplete { field: AddressField::Country, found: text })?
        };
        Ok(places::island(&country, state).map_or(country, str::to_owned))
    }

    fn named_country(&self, text: &str) -> Option<String> {
        let own = self.countries.iter().find(|(name, _)| name.trim().eq_ignore_ascii_case(text));
        own.map(|(_, code)| code.to_ascii_uppercase()).or_else(|| places::country(text).map(str::to_owned))
    }
}

impl Place {
    fn text_in(self, ship_to: &SysproAddress) -> &str {
        match self {
            Self::Line(number) => {
                let index = usize::from(number).checked_sub(1);
                index.and_then(|index| ship_to.lines.get(index)).map_or("", String::as_str)
            }
            Self::State => &ship_to.state,
            Self::Nationality => &ship_to.nationality,
            Self::Absent => "",
        }
    }
}

impl PhoneRule {
    /// The consignee's number where it can be dialled, else the site's stand-in, else none.
    fn choose(&self, found: Option<&str>, country: &str) -> Result<Option<String>, Hold> {
        let found = found.unwrap_or("").trim();
        let phone = places::phone(country, found).or_else(|| self.stand_in.clone());
        if phone.is_none() && self.required {
            return Err(Reason::NoPhone { found: found.to_owned() }.into());
        }
        Ok(phone)
    }
}

/// Whether UPS wants a contact for this service and lane, and the address has one: across a border, and for
/// Next Day Air Early, UPS refuses a shipment without the consignee's phone.
///
/// # Errors
/// A hold when the phone number is missing.
pub fn check_contact(address: &Address, service: &Service, from_country: &str) -> Result<(), Hold> {
    let wanted = address.country != from_country || service.code() == "14";
    if wanted && address.phone.is_none() {
        return Err(Reason::NoPhone { found: String::new() }.into());
    }
    Ok(())
}

/// Under which key an accepted address is remembered: customer, ship-to code and the place, spelling levelled.
///
/// A digest, so that a key tells nothing about the consignee and is as long as any other.
pub fn memory_key(document: &Document, address: &Address) -> String {
    let postal_code = match address.country.as_str() {
        "US" | "PR" => address.postal_code.get(..5).unwrap_or(&address.postal_code),
        _ => &address.postal_code,
    };
    Hash::of("ml-connector accepted address 1")
        .text(document.customer.as_str())
        .text(document.ship_to_code.as_deref().unwrap_or("").trim())
        .text(&spelling::level(&address.lines.join(" ")).join(" "))
        .text(&spelling::level(&address.city).join(" "))
        .text(&address.state.to_ascii_uppercase())
        .text(postal_code)
        .text(&address.country)
        .hex()
}

impl Candidate {
    /// The order's address at UPS's place: name, contact and phone stay, street, city, state and postal code
    /// are the candidate's where it has them. For a person who chose it.
    ///
    /// # Errors
    /// A hold when the candidate's street does not fit on a label.
    pub fn applied_to(&self, address: &Address) -> Result<Address, Hold> {
        let given = |theirs: &str, ours: &str| if theirs.is_empty() { ours.to_owned() } else { theirs.to_owned() };
        let lines = if self.lines.is_empty() { address.lines.clone() } else { fit::street(&self.lines)? };
        Ok(Address {
            lines,
            city: fit::city(given(&self.city, &address.city))?,
            state: given(&self.state, &address.state),
            postal_code: given(&self.whole_postal_code(), &address.postal_code),
            country: places::island(&self.country, &self.state).unwrap_or(&address.country).to_owned(),
            ..address.clone()
        })
    }

    /// ZIP and the four digits after it, in one.
    fn whole_postal_code(&self) -> String {
        format!("{}{}", self.postal_code, self.postal_extension.as_deref().unwrap_or(""))
    }
}

fn present(field: AddressField, text: &str) -> Result<String, Hold> {
    let text = fit::clean(field, text)?;
    if text.is_empty() { Err(Reason::AddressIncomplete { field, found: text }.into()) } else { Ok(text) }
}

fn postal_code(country: &str, text: &str) -> Result<String, Hold> {
    let text = fit::clean(AddressField::PostalCode, text)?;
    if text.is_empty() && places::has_postal_codes(country) {
        return Err(Reason::NoPostalCode { country: country.to_owned() }.into());
    }
    let unfit = || Reason::AddressIncomplete { field: AddressField::PostalCode, found: text.clone() };
    Ok(places::postal_code(country, &text).ok_or_else(unfit)?)
}

/// UPS delivers neither to post office boxes nor to military post offices.
fn refuse_undeliverable(street: &[String], city: &str, state: &str) -> Result<(), Hold> {
    if let Some(line) = street.iter().find(|line| places::names_po_box(line)) {
        return Err(Reason::PoBox { line: line.clone() }.into());
    }
    if places::is_military(city, state) {
        return Err(Reason::MilitaryAddress { line: format!("{city} {state}").trim().to_owned() }.into());
    }
    Ok(())
}

impl AddressField {
    /// The field in people's words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Attention => "attention line",
            Self::Street => "street",
            Self::City => "city",
            Self::State => "state",
            Self::PostalCode => "postal code",
            Self::Country => "country",
            Self::Phone => "phone number",
        }
    }
}

impl fmt::Display for AddressField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl Address {
    /// The place without the name, on one line ("1200 BROADWAY, OAKLAND CA 94612").
    pub fn place_line(&self) -> String {
        place_line(&self.lines, [&self.city, &self.state, &self.postal_code])
    }
}

impl Candidate {
    /// The place on one line ("1200 BROADWAY, OAKLAND CA 94612-1234").
    pub fn place_line(&self) -> String {
        let postal_code = match &self.postal_extension {
            Some(extension) => format!("{}-{extension}", self.postal_code),
            None => self.postal_code.clone(),
        };
        place_line(&self.lines, [&self.city, &self.state, &postal_code])
    }
}

fn place_line(lines: &[String], town: [&str; 3]) -> String {
    let town: Vec<&str> = town.into_iter().filter(|part| !part.is_empty()).collect();
    let parts: Vec<String> = lines.iter().cloned().chain([town.join(" ")]).filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample;

    fn map() -> Map {
        Map {
            street: vec![Place::Line(1), Place::Line(2)],
            city: Place::Line(3),
            state: Place::State,
            country: Place::Line(5),
            default_country: "US".to_owned(),
            countries: BTreeMap::from([("Home".to_owned(), "us".to_owned())]),
        }
    }

    fn read(change: fn(&mut SysproAddress)) -> Result<Address, Hold> {
        let mut order = sample::order();
        change(&mut order.ship_to);
        map().read(&order, &PhoneRule::default())
    }

    fn hold(change: fn(&mut SysproAddress)) -> (&'static str, Option<&'static str>) {
        let hold = read(change).expect_err("a person must look");
        (hold.code(), hold.field())
    }

    #[test]
    fn five_free_lines_become_an_address() {
        let address = read(|_| {}).expect("it is complete");
        assert_eq!(address.place_line(), "1200 Broadway, Oakland CA 94612");
        assert_eq!((address.country.as_str(), address.phone.as_deref()), ("US", Some("5105550123")));
    }

    #[test]
    fn a_missing_part_is_named() {
        assert_eq!(hold(|it| it.postal_code.clear()), ("no_postal_code", Some("postal code")));
        assert_eq!(hold(|it| it.lines[0].clear()), ("no_street", Some("street")));
        assert_eq!(hold(|it| it.lines[2].clear()), ("address_incomplete", Some("city")));
        assert_eq!(hold(|it| it.state.clear()), ("address_incomplete", Some("state")));
        assert_eq!(hold(|it| it.postal_code = "2139".to_owned()), ("address_incomplete", Some("postal code")));
        assert_eq!(hold(|it| it.lines[4] = "Freedonia".to_owned()), ("address_incomplete", Some("country")));
    }

    #[test]
    fn ups_brings_nothing_to_post_boxes_or_the_military_post() {
        assert_eq!(hold(|it| it.lines[1] = "P.O. Box 77".to_owned()).0, "po_box");
        assert_eq!(hold(|it| it.lines[2] = "APO".to_owned()).0, "military_address");
        assert_eq!(hold(|it| it.state = "AE".to_owned()).0, "military_address");
    }

    #[test]
    fn countries_are_known_by_the_sites_own_names_and_puerto_rico_by_its_state() {
        let country = |change: fn(&mut SysproAddress)| read(change).expect("it is complete").country;
        assert_eq!(country(|it| it.lines[4] = "HOME".to_owned()), "US");
        assert_eq!(country(|it| it.state = "PR".to_owned()), "PR");
        let canada = |it: &mut SysproAddress| {
            it.lines[4] = "Canada".to_owned();
            it.state = "ON".to_owned();
            it.postal_code = "m5v 3l9".to_owned();
        };
        assert_eq!(read(canada).expect("it is complete").postal_code, "M5V3L9");
    }

    #[test]
    fn a_phone_number_is_never_made_up() {
        let mut order = sample::order();
        order.phone = Some("call Sam".to_owned());
        let with = |rule: PhoneRule| map().read(&order, &rule);
        assert_eq!(with(PhoneRule::default()).expect("it is optional").phone, None);
        let hold = with(PhoneRule { required: true, stand_in: None }).expect_err("it is required");
        assert!(hold.words().contains("call Sam"), "{}", hold.words());
        let ours = PhoneRule { required: true, stand_in: Some("5105550100".to_owned()) };
        assert_eq!(with(ours).expect("the site has one").phone.as_deref(), Some("5105550100"));
    }

    #[test]
    fn a_border_or_an_early_morning_needs_a_phone() {
        let address = Address { phone: None, ..read(|_| {}).expect("it is complete") };
        let check = |service: &str, from| check_contact(&address, &service.parse().expect("a service"), from).is_ok();
        assert!(check("03", "US"));
        assert!(!check("14", "US"));
        assert!(!check("11", "CA"));
    }

    #[test]
    fn an_accepted_address_is_remembered_whatever_its_spelling_but_for_one_customer_only() {
        let order = sample::order();
        let key = |change: fn(&mut SysproAddress)| memory_key(&order, &read(change).expect("it is complete"));
        assert_eq!(key(|_| {}), key(|it| it.lines[2] = "OAKLAND".to_owned()));
        assert_eq!(key(|_| {}), key(|it| it.postal_code = "94612-1234".to_owned()));
        assert_ne!(key(|_| {}), key(|it| it.lines[0] = "1201 Broadway".to_owned()));
        let address = read(|_| {}).expect("it is complete");
        let other = Document { customer: "0000013".parse().expect("a customer code"), ..order.clone() };
        assert_ne!(memory_key(&other, &address), memory_key(&order, &address));
    }

    #[test]
    fn a_person_may_take_ups_candidate_as_it_is() {
        let address = read(|_| {}).expect("it is complete");
        let candidate = Candidate {
            lines: vec!["1210 BROADWAY".to_owned()],
            city: "OAKLAND".to_owned(),
            state: "CA".to_owned(),
            postal_code: "94612".to_owned(),
            postal_extension: Some("1234".to_owned()),
            country: "US".to_owned(),
            class: Class::Unknown,
        };
        let taken = candidate.applied_to(&address).expect("it fits");
        assert_eq!(taken.place_line(), "1210 BROADWAY, OAKLAND CA 946121234");
        assert_eq!(taken.name, address.name);
    }
}
