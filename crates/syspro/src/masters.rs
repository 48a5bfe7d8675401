//! Reference data by key: customers (ARSQRY), their ship-to addresses (ARSQMA), stock codes (INVQRY), who is logged on
//! (COMQUS), and one row of any table (COMFCH).
//!
//! ```text
//! key ─► query ─► answer ─► fields by SYSPRO's names (Row) + the whole answer (Element) + typed readings
//! ```
//!
//! The outputs of these objects differ by version and are published only with an install, so every field can be had by its
//! name, and the typed readings look for the columns' names of the tables. Data which the operator may not see are left
//! out by SYSPRO, so an absent field is `None` or an error and never a zero. Addresses are five lines of free text by
//! position: which line holds the city is a site's habit and not decided here.

use rust_decimal::Decimal;

use crate::answer::ItemError;
use crate::enet::Enet;
use crate::error::Error;
use crate::row::{ReadError, Row};
use crate::session::Token;
use crate::template::Slots;
use crate::xml::Element;

/// An address as SYSPRO keeps it. `None` is a field that the answer does not have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostalAddress {
    /// Who is there.
    pub name: Option<String>,
    /// Five lines of free text by position.
    pub lines: [Option<String>; 5],
    /// The postal code.
    pub postal_code: Option<String>,
    /// The state, two letters.
    pub state: Option<String>,
    /// The county and ZIP code as SYSPRO's tax tables want them.
    pub county_zip: Option<String>,
    /// The city, where the version has a field for it.
    pub city: Option<String>,
    /// The country, by SYSPRO's three letters.
    pub nationality: Option<String>,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The fields by SYSPRO's names.
    pub fields: Row,
    /// The whole answer.
    pub answer: Element,
}

/// One of a customer's further ship-to addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipToAddress {
    /// The customer, if the answer repeats it.
    pub customer: Option<String>,
    /// The address's code (`AddrCode`).
    pub code: String,
    /// The address.
    pub address: PostalAddress,
    /// The fields by SYSPRO's names.
    pub fields: Row,
}

/// A stock code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockItem {
    /// The fields by SYSPRO's names.
    pub fields: Row,
    /// The whole answer.
    pub answer: Element,
}

/// A session of somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedOnUser {
    /// The operator's code.
    pub operator: String,
    /// The number of the session's user, if the answer tells it.
    pub user_number: Option<String>,
    /// Which of the operator's sessions it is, if the answer tells it.
    pub instance: Option<String>,
    /// The fields by SYSPRO's names.
    pub fields: Row,
}

/// The names an address's fields bear, beside its five lines.
struct Names {
    name: &'static [&'static str],
    line: &'static [&'static str],
    postal_code: &'static [&'static str],
}

const SHIP_TO: Names =
    Names { name: &["ShipToName", "CustomerName", "Name"], line: &["ShipToAddr"], postal_code: &["ShipPostalCode"] };
const SOLD_TO: Names = Names {
    name: &["SoldToName", "CustomerName", "Name"],
    line: &["SoldToAddr", "SoldAddr"],
    postal_code: &["SoldPostalCode"],
};
const ORDER: Names = Names { name: &["CustomerName"], line: &["ShipAddress"], postal_code: &["ShipPostalCode"] };
const NOTE: Names = Names {
    name: &["DispatchName", "DispatchCustName", "CustomerName"],
    line: &["DispatchAddress"],
    postal_code: &["DispatchPostalCode"],
};
const PURCHASE: Names = Names { name: &["DeliveryName"], line: &["DeliveryAddr"], postal_code: &["PostalCode"] };

impl PostalAddress {
    fn read(fields: &Row, names: &Names) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|name| fields.get(name)).map(str::to_owned);
        let line = |number: usize| {
            names.line.iter().find_map(|name| fields.get(&format!("{name}{number}"))).map(str::to_owned)
        };
        Self {
            name: first(names.name),
            lines: [line(1), line(2), line(3), line(4), line(5)],
            postal_code: first(names.postal_code),
            state: first(&["State"]),
            county_zip: first(&["CountyZip"]),
            city: first(&["City"]),
            nationality: first(&["Nationality"]),
        }
    }

    /// A sales order's ship-to (`ShipAddress1` and so on; its name is `CustomerName`).
    pub fn of_order(header: &Row) -> Self {
        Self::read(header, &ORDER)
    }

    /// A dispatch note's ship-to (`DispatchAddress1` and so on).
    pub fn of_dispatch_note(header: &Row) -> Self {
        Self::read(header, &NOTE)
    }

    /// Where a purchase order is to be delivered (`DeliveryAddr1` and so on).
    pub fn of_purchase_order(header: &Row) -> Self {
        Self::read(header, &PURCHASE)
    }

    /// A customer's own ship-to, or one of its further ones (`ShipToAddr1` and so on).
    pub fn of_ship_to(fields: &Row) -> Self {
        Self::read(fields, &SHIP_TO)
    }

    /// Where a customer's invoices go (`SoldToAddr1` and so on).
    pub fn of_sold_to(fields: &Row) -> Self {
        Self::read(fields, &SOLD_TO)
    }
}

impl Customer {
    /// The name.
    pub fn name(&self) -> Option<&str> {
        ["CustomerName", "Name"].iter().find_map(|column| self.fields.get(column))
    }

    /// The telephone number.
    pub fn telephone(&self) -> Option<&str> {
        self.fields.get("Telephone")
    }

    /// The e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.fields.get("Email")
    }

    /// Its own ship-to address.
    pub fn ship_to(&self) -> PostalAddress {
        PostalAddress::of_ship_to(&self.fields)
    }

    /// Where its invoices go.
    pub fn sold_to(&self) -> PostalAddress {
        PostalAddress::of_sold_to(&self.fields)
    }
}

impl StockItem {
    /// The description.
    pub fn description(&self) -> Option<&str> {
        self.fields.get("Description")
    }

    /// The mass of one stocking unit in the company's unit, `None` where it is blank.
    ///
    /// # Errors
    /// If the answer does not have it, or it is no plain number.
    pub fn mass(&self) -> Result<Option<Decimal>, ReadError> {
        self.fields.optional_decimal("Mass")
    }

    /// The volume of one stocking unit in the company's unit, `None` where it is blank.
    ///
    /// # Errors
    /// As [`Self::mass`].
    pub fn volume(&self) -> Result<Option<Decimal>, ReadError> {
        self.fields.optional_decimal("Volume")
    }

    /// The tariff code.
    pub fn tariff_code(&self) -> Option<&str> {
        self.fields.get("TariffCode")
    }

    /// The country of origin, by SYSPRO's letters.
    pub fn country_of_origin(&self) -> Option<&str> {
        self.fields.get("CountryOfOrigin")
    }
}

impl Enet {
    /// A customer (`ARSQRY`), or `None` if there is none.
    ///
    /// # Errors
    /// Those of [`Enet::query`].
    pub async fn arsqry(&self, token: &Token, customer: &str) -> Result<Option<Customer>, Error> {
        let found = self.by_key(token, "ARSQRY", ("customer", customer), "Customer").await?;
        Ok(found.map(|(fields, answer)| Customer { fields, answer }))
    }

    /// A stock code (`INVQRY`), or `None` if there is none.
    ///
    /// # Errors
    /// Those of [`Enet::query`].
    pub async fn invqry(&self, token: &Token, stock_code: &str) -> Result<Option<StockItem>, Error> {
        let found = self.by_key(token, "INVQRY", ("stock_code", stock_code), "StockCode").await?;
        Ok(found.map(|(fields, answer)| StockItem { fields, answer }))
    }

    /// The further ship-to addresses of a customer (`ARSQMA`). Which element holds one is not published: any that has an
    /// `AddrCode` is taken for one.
    ///
    /// # Errors
    /// Those of [`Enet::query`].
    pub async fn arsqma(&self, token: &Token, customer: &str) -> Result<Vec<ShipToAddress>, Error> {
        not_blank("Customer", customer)?;
        let slots = Slots::new().with("customer", customer);
        match self.ask_by(token, self.template("ARSQMA")?, &slots).await {
            Ok(answer) => Ok(addresses(&answer)),
            Err(Error::QueryRefused { errors, .. }) if errors.iter().all(ItemError::is_not_found) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Who is logged on (`COMQUS`).
    ///
    /// # Errors
    /// Those of [`Enet::query`].
    pub async fn comqus(&self, token: &Token) -> Result<Vec<LoggedOnUser>, Error> {
        let answer = self.ask_by(token, self.template("COMQUS")?, &Slots::new()).await?;
        let users = answer.descendants().filter(|element| element.child("Operator").is_some());
        Ok(users.map(LoggedOnUser::read).collect())
    }

    /// One row of a table (`COMFCH`), or `None` if there is none. `key` is the first part of the row's key, `further` its
    /// other parts, at most twelve.
    ///
    /// # Errors
    /// Those of [`Enet::fetch`].
    pub async fn comfch(&self, token: &Token, table: &str, key: &str, further: &[&str]) -> Result<Option<Row>, Error> {
        not_blank("TableName", table)?;
        if further.len() > 12 {
            return Err(Error::invalid("OptionalKey", "there are more than 12 further parts of the key"));
        }
        let mut slots = Slots::new().with("table", table).with("key", key);
        for (index, part) in further.iter().enumerate() {
            slots = slots.with(&format!("key_{}", index + 1), *part);
        }
        match self.ask_by(token, self.template("COMFCH")?, &slots).await {
            Ok(answer) => {
                let row = Row::of_element(&answer);
                Ok((!row.is_empty()).then_some(row))
            }
            Err(Error::QueryRefused { errors, .. }) if errors.iter().all(ItemError::is_not_found) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One record by its key: the leaves of the answer and the answer; `None` if it does not hold the key.
    async fn by_key(
        &self,
        token: &Token,
        object: &str,
        (slot, key): (&str, &str),
        column: &str,
    ) -> Result<Option<(Row, Element)>, Error> {
        not_blank(column, key)?;
        match self.ask_by(token, self.template(object)?, &Slots::new().with(slot, key)).await {
            Ok(answer) => {
                let fields = Row::of_leaves(&answer);
                Ok(fields.get(column).is_some_and(|key| !key.is_empty()).then_some((fields, answer)))
            }
            Err(Error::QueryRefused { errors, .. }) if errors.iter().all(ItemError::is_not_found) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

pub(crate) fn not_blank(field: &str, value: &str) -> Result<(), Error> {
    if value.trim().is_empty() { Err(Error::invalid(field, "is blank")) } else { Ok(()) }
}

impl LoggedOnUser {
    fn read(element: &Element) -> Self {
        let fields = Row::of_element(element);
        let text = |column: &str| fields.get(column).map(str::to_owned);
        Self {
            operator: text("Operator").unwrap_or_default(),
            user_number: text("UserNumber"),
            instance: text("OperatorInstance"),
            fields,
        }
    }
}

/// The addresses in an answer; the customer may stand beside the code or in an element around it.
fn addresses(answer: &Element) -> Vec<ShipToAddress> {
    fn walk(element: &Element, customer: Option<&str>, found: &mut Vec<ShipToAddress>) {
        let customer = element.value("Customer").or(customer);
        if let Some(code) = element.value("AddrCode").filter(|code| !code.is_empty()) {
            let fields = Row::of_leaves(element);
            let address = PostalAddress::of_ship_to(&fields);
            found.push(ShipToAddress { customer: customer.map(str::to_owned), code: code.to_owned(), address, fields });
            return;
        }
        element.children().iter().for_each(|child| walk(child, customer, found));
    }
    let mut found = Vec::new();
    walk(answer, None, &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_wherever_their_codes_stand() {
        let answer = Element::parse(
            "<ARListofMultipleShipAddresses><SystemInformation><CompanyId>0</CompanyId></SystemInformation>\
             <CustomerDetails><Customer>0000001</Customer><AddressDetails><AddrCode>SITE</AddrCode><ShipToName>Bayside</ShipToName>\
             <ShipToAddr1>15 Central Avenue</ShipToAddr1><ShipPostalCode>94607</ShipPostalCode></AddressDetails>\
             <AddressDetails><AddrCode>YARD</AddrCode></AddressDetails></CustomerDetails></ARListofMultipleShipAddresses>",
        )
        .expect("test xml");
        let found = addresses(&answer);
        assert_eq!(found.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["SITE", "YARD"]);
        assert_eq!(found[0].customer.as_deref(), Some("0000001"));
        assert_eq!(found[0].address.lines[0].as_deref(), Some("15 Central Avenue"));
        assert_eq!((found[1].address.name.as_deref(), found[1].address.lines[0].as_deref()), (None, None));
    }

    #[test]
    fn a_hidden_mass_is_no_zero() {
        let item = |xml: &str| {
            let answer = Element::parse(xml).expect("test xml");
            StockItem { fields: Row::of_leaves(&answer), answer }
        };
        assert!(item("<InvQuery><StockCode>A</StockCode></InvQuery>").mass().is_err());
        assert_eq!(item("<InvQuery><Mass>   </Mass></InvQuery>").mass(), Ok(None));
        assert_eq!(item("<InvQuery><Mass>    1.500000</Mass></InvQuery>").mass(), Ok(Some(Decimal::new(1_500_000, 6))));
    }
}
