//! The logon profile of a session, and COMQUS: who is logged on.

use jiff::Timestamp;

use crate::world::{COMPANY_NAME, WAREHOUSE, local_date};

use super::Office;
use super::xml::Writer;

/// The logon profile of a session.
pub(crate) fn of(office: &Office, operator: &str, now: Timestamp) -> String {
    let today = local_date(now + office.manners.clock_skew).to_string();
    let mut xml = Writer::new("LogonProfile", &office.manners);
    for (name, value) in [
        ("CompanyName", COMPANY_NAME),
        ("OperatorCode", operator),
        ("OperatorGroup", "SHIP"),
        ("OperatorEmailAddress", ""),
        ("OperatorLocation", ""),
        ("OperatorLanguageCode", "05"),
        ("SystemLanguage", "05"),
        ("AccountingDate", &today),
        ("CompanyDate", &today),
        ("DefaultArBranch", "10"),
        ("DefaultApBranch", "10"),
        ("DefaultBank", "1"),
        ("DefaultWarehouse", WAREHOUSE),
        ("DefaultCustomer", ""),
        ("SystemSiteId", ""),
        ("SystemNationalityCode", "USA"),
        ("LocalCurrencyCode", "USD"),
        ("CurrencyDescription", "US dollar"),
        ("DefaultRequisitionUser", ""),
        ("XMLToHTMLTransform", ""),
        ("CssStyle", ""),
        ("CssSuffix", ""),
        ("DecimalFormat", "1"),
        ("DateFormat", "01"),
        ("FunctionalRole", ""),
        ("DatabaseType", "SQL"),
        ("SysproVersion", "8.0.000"),
        ("EnetVersion", "8.0.0.0"),
        ("SysproServerBitWidth", "64"),
    ] {
        xml.field(name, value);
    }
    xml.finish()
}

/// COMQUS: everyone with a session.
pub(crate) fn users(office: &Office) -> String {
    let mut xml = Writer::new("UsersLoggedInQuery", &office.manners);
    xml.open("QueryOptions");
    xml.field("UserInformation", "S");
    xml.close("QueryOptions");
    for (number, operator) in office.sessions.who().iter().enumerate() {
        xml.open("UserDetails");
        xml.field("UserNumber", &(2_501 + number).to_string());
        xml.field("Operator", operator);
        xml.field("OperatorName", &format!("Operator {operator}"));
        xml.field("OperatorEmail", "");
        xml.field("OperatorLocation", "");
        xml.field("OperatorInstance", "00");
        xml.close("UserDetails");
    }
    xml.finish()
}
