//! A site file for the sandbox: the same kind of file a company writes, over the sandbox's addresses.
//!
//! `demo`, `ml-connector sandbox` and the stories use it, so that what they show is what a company gets: the pretended
//! systems are reached through settings, never through a short cut.

use sandbox::Sandbox;
use sandbox::world::{self, ship_via};

use super::secret::SecretName;
use super::{Mode, Start, mode_name};

/// The name of the pretended site.
pub const PRETEND_SITE: &str = "sandbox";

/// A site file over a running sandbox. Its secrets are the files of [`pretend_secrets`].
pub fn pretend_site(sandbox: &Sandbox, mode: Mode, start: Start) -> String {
    let known = sandbox.credentials();
    let from = world::ship_from();
    let street = from
        .unit
        .as_ref()
        .map_or_else(|| format!("{:?}", from.street_line()), |unit| format!("{:?}, {unit:?}", from.street_line()));
    let ours = ship_via::OURS.iter().filter_map(|via| {
        let service = via.ups_service?;
        Some(format!("\n[[ship_via]]\npattern = \"^{}$\"\nservice = \"{service}\"\n", via.text))
    });
    format!(
        r#"# A site over the sandbox of ml-connector: pretended UPS and SYSPRO, no real label, no money.
name = "{PRETEND_SITE}"
mode = "{mode}"
start = "{start}"
currency = "USD"
mass_unit = "lb"
max_new_per_cycle = 1000

[syspro]
enet_url = "{enet}"
operator = "{operator}"
operator_password = {{ file = "{operator_file}" }}
company = "{company}"
test_company = true

[syspro.odata]
url = "{odata}"
company_segment = "{company}"
user = "{odata_user}"
password = {{ file = "{odata_file}" }}

[ups]
environment = "custom"
base_url = "{ups}"
account = "{account}"
client_id = "{client_id}"
client_secret = {{ file = "{client_file}" }}

[[ship_from]]
warehouse = "{warehouse}"
name = "Ridgeline Industrial Supply"
street = [{street}]
city = "{city}"
state = "{state}"
postal_code = "{zip}"
country = "US"
phone = "614 555 0100"
time_zone = "America/New_York"
cut_off = "16:00"
printer = "dock"

[[printer]]
name = "dock"
kind = "folder"
path = "labels"

[[source]]
kind = "dispatch_notes"
ready = ["5", "7"]
{ours}
# The distributor's clerks book collect shipments by hand.
[[ship_via]]
pattern = "COLLECT"
action = "ignore"

[address]
country = 5
default_country = "US"

[packing]
max_package_weight = "70 lb"
default_box = "M"

[[packing.box]]
name = "M"
size = "16 x 12 x 10 in"

[write_back.custom_form]
for_dispatch_notes = true
"#,
        mode = mode_name(mode),
        start = start.as_str(),
        enet = sandbox.enet_url(),
        odata = sandbox.odata_url(),
        ups = sandbox.ups_url(),
        operator = known.syspro_operator,
        operator_file = file_of(SecretName::SysproOperatorPassword),
        company = known.syspro_company,
        odata_user = known.odata_user,
        odata_file = file_of(SecretName::SysproODataPassword),
        account = known.ups_account,
        client_id = known.ups_client_id,
        client_file = file_of(SecretName::UpsClientSecret),
        warehouse = world::WAREHOUSE,
        city = from.city,
        state = from.state,
        zip = from.zip5,
        ours = ours.collect::<String>(),
    )
}

/// The secrets of the pretended site: file names beside the site file, and what stands in them.
pub fn pretend_secrets(sandbox: &Sandbox) -> [(String, &'static str); 3] {
    let known = sandbox.credentials();
    [
        (file_of(SecretName::SysproOperatorPassword), known.syspro_operator_password),
        (file_of(SecretName::SysproODataPassword), known.odata_password),
        (file_of(SecretName::UpsClientSecret), known.ups_client_secret),
    ]
}

fn file_of(name: SecretName) -> String {
    format!("{}.txt", name.as_str().replace('.', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SiteFile;

    #[tokio::test]
    async fn the_sandbox_is_a_site_like_any_other() {
        let start = "2026-09-14T13:00:00Z".parse().expect("an instant");
        let sandbox = Sandbox::start(sandbox::Settings::empty(start)).await.expect("free ports");
        let folder = tempfile::tempdir().expect("a folder");
        for (file, secret) in pretend_secrets(&sandbox) {
            std::fs::write(folder.path().join(file), secret).expect("written");
        }
        let text = pretend_site(&sandbox, Mode::Automatic, Start::Everything);
        let site = SiteFile::parse(&text).map_err(|error| error.to_string()).expect("a site");
        assert_eq!(site.mode, Mode::Automatic);
        assert!(site.may_write_to_syspro() && !site.buys_real_labels());
        for (name, source) in site.secrets() {
            source.read(folder.path()).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}
