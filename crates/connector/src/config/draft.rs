//! A short site file from the few facts a new site has to tell, to be looked at and completed by a person.
//!
//! ```text
//! form of the console ─► Draft ─► text ─► the same parse as every site file
//! ```
//!
//! It begins in mode `shadow` with a baseline, so nothing is bought before somebody has looked. Secrets do not stand in it;
//! whoever applies it is asked for them. Keys that are left out have the defaults `template.toml` tells.

use std::fmt::Write as _;

/// What a new site has to tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The site's name.
    pub name: String,
    /// Where e.net answers.
    pub enet_url: String,
    /// SYSPRO's operator for the connector alone.
    pub operator: String,
    /// SYSPRO's company.
    pub company: String,
    /// Where OData answers; empty where documents are read through e.net.
    pub odata_url: String,
    /// `test`, `production`, or the address of a sandbox.
    pub ups: String,
    /// The account that pays.
    pub account: String,
    /// The warehouse's code in SYSPRO.
    pub warehouse: String,
    /// The sender's name on labels.
    pub sender: String,
    /// The sender's street.
    pub street: String,
    /// The sender's city.
    pub city: String,
    /// The sender's state.
    pub state: String,
    /// The sender's postal code.
    pub postal_code: String,
    /// The sender's phone.
    pub phone: String,
    /// The warehouse's time zone.
    pub time_zone: String,
    /// The ship-via that means UPS Ground, as it stands on documents.
    pub ground: String,
    /// `host:port` of the label printer; empty writes files into a folder.
    pub printer: String,
    /// `lb` or `kg`.
    pub mass_unit: String,
}

fn text(value: &str) -> String {
    toml::Value::String(value.trim().to_owned()).to_string()
}

impl Draft {
    /// The site file.
    #[must_use]
    pub fn site_file(&self) -> String {
        let mut file = format!(
            "# Drafted in the console. Every key there is: ml-connector init --print\nname = {name}\nmode = \"shadow\"\n\
             start = \"baseline\"\ncurrency = \"USD\"\nmass_unit = {unit}\n\n[syspro]\nenet_url = {enet}\noperator = {operator}\n\
             operator_password = {{ env = \"SYSPRO_PASSWORD\" }}\ncompany = {company}\n",
            name = text(&self.name),
            unit = text(&self.mass_unit),
            enet = text(&self.enet_url),
            operator = text(&self.operator),
            company = text(&self.company),
        );
        if !self.odata_url.trim().is_empty() {
            // Nothing fails in writing to a text.
            let _ = write!(
                file,
                "\n[syspro.odata]\nurl = {}\ncompany_segment = {}\nuser = {}\npassword = {{ env = \"SYSPRO_ODATA_PASSWORD\" }}\n",
                text(&self.odata_url),
                text(&self.company),
                text(&self.operator),
            );
        }
        let environment = match self.ups.trim() {
            own if own.contains("://") => format!("environment = \"custom\"\nbase_url = {}", text(own)),
            known => format!("environment = {}", text(known)),
        };
        let printer = match self.printer.trim() {
            "" => "kind = \"folder\"\npath = \"labels\"".to_owned(),
            address => format!("kind = \"raw\"\naddress = {}", text(address)),
        };
        let _ = write!(
            file,
            "\n[ups]\n{environment}\naccount = {account}\nclient_id = {{ env = \"UPS_CLIENT_ID\" }}\n\
             client_secret = {{ env = \"UPS_CLIENT_SECRET\" }}\n\n[[ship_from]]\nwarehouse = {warehouse}\nname = {sender}\n\
             street = [{street}]\ncity = {city}\nstate = {state}\npostal_code = {postal}\ncountry = \"US\"\nphone = {phone}\n\
             time_zone = {zone}\ncut_off = \"16:00\"\nprinter = \"dock\"\n\n[[printer]]\nname = \"dock\"\n{printer}\n\n\
             [[source]]\nkind = \"dispatch_notes\"\nready = [\"5\", \"7\"]\n\n[[ship_via]]\npattern = {pattern}\nservice = \"03\"\n\n\
             [address]\ndefault_country = \"US\"\n\n[packing]\nmax_package_weight = {heaviest}\n",
            account = text(&self.account),
            warehouse = text(&self.warehouse),
            sender = text(&self.sender),
            street = text(&self.street),
            city = text(&self.city),
            state = text(&self.state),
            postal = text(&self.postal_code),
            phone = text(&self.phone),
            zone = text(&self.time_zone),
            pattern = text(&format!("^{}$", regex::escape(self.ground.trim()))),
            heaviest = text(if self.mass_unit == "kg" { "30 kg" } else { "70 lb" }),
        );
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Mode, SiteFile, Start};

    #[test]
    fn what_is_typed_becomes_a_site_that_buys_nothing_yet() {
        let draft = Draft {
            name: "oakland".into(),
            enet_url: "https://syspro.example.com:30661".into(),
            operator: "SHIPPING".into(),
            company: "EDU1".into(),
            ups: "test".into(),
            account: "A1B2C3".into(),
            warehouse: "FG".into(),
            sender: "Harbor \"Supply\"".into(),
            street: "1 Wharf St".into(),
            city: "Oakland".into(),
            state: "CA".into(),
            postal_code: "94607".into(),
            phone: "510 555 0100".into(),
            time_zone: "America/Los_Angeles".into(),
            ground: "UPS (G)".into(),
            mass_unit: "lb".into(),
            ..Draft::default()
        };
        let site = SiteFile::parse(&draft.site_file()).unwrap_or_else(|error| panic!("{error}\n{}", draft.site_file()));
        assert_eq!((site.mode, site.start), (Mode::Shadow, Start::Baseline));
        assert_eq!(site.ship_froms.len(), 1);
        let more = Draft {
            odata_url: "https://syspro.example.com/odata".into(),
            ups: "http://127.0.0.1:8081".into(),
            printer: "10.0.0.9:9100".into(),
            ..draft
        };
        let site = SiteFile::parse(&more.site_file()).unwrap_or_else(|error| panic!("{error}\n{}", more.site_file()));
        assert!(site.syspro.odata.is_some() && !site.buys_real_labels());
    }
}
