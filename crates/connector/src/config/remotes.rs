//! Reads `[syspro]`, `[syspro.odata]` and `[ups]`.
//!
//! Addresses are checked here and not at the first call: credentials travel on them. e.net carries the operator's
//! password in its URLs, therefore plain http is refused unless the host is this machine or the site says so in words.

use reqwest::Url;
use shipment::money::{Currency, Money};
use syspro::SentencePatterns;
use toml::de::DeValue;

use super::secret::SecretSource;
use super::section::{Found, Read, Section};
use super::site::{DateLiteral, Encoding, Environment, OData, Sets, Syspro, Timeouts, Transport, Ups};

const ENET_CURE: &str = "write scheme, host and port of the e.net service, e.g. \"http://syspro.example.com:30001\"";
const ODATA_CURE: &str = "write the OData service's root, e.g. \"https://syspro.example.com/SYSPRO8Odata/SYSPROOData\"";

/// Reads `[syspro]`.
pub(super) fn syspro(mut section: Section<'_>) -> Read<Syspro> {
    let allow_plain_http = section.flag("allow_plain_http", false)?;
    let enet = section.need("enet_url", ENET_CURE)?;
    let enet_url = url(&enet, ENET_CURE)?;
    refuse_plain_http(&enet, &enet_url, allow_plain_http)?;
    let odata = section.table("odata")?.map(|it| self::odata(it, allow_plain_http)).transpose()?;
    let syspro = Syspro {
        enet_url,
        transport: section.choice(
            "transport",
            &[("rest", Transport::Rest), ("soap", Transport::Soap)],
            Transport::Rest,
        )?,
        rest_prefix: prefix(&mut section, "rest_prefix", "/SYSPROWCFService/Rest")?,
        asmx_prefix: prefix(&mut section, "asmx_prefix", "/SYSPROWebServices")?,
        post_large: section.flag("post_large", true)?,
        operator: section.text("operator", "name the operator that is kept for the connector alone")?,
        operator_password: secret(&mut section, "operator_password")?,
        company: section.text("company", "write the company id as used at logon, e.g. company = \"EDU1\"")?,
        company_password: if section.has("company_password") {
            Some(secret(&mut section, "company_password")?)
        } else {
            None
        },
        test_company: section.flag("test_company", false)?,
        allow_plain_http,
        ca_file: section
            .take("ca_file")
            .map(|found| found.text("name a PEM file").map(|path| SecretSource::File(path.into())))
            .transpose()?,
        templates: section
            .take("templates")
            .map(|found| found.text("name a folder with templates, e.g. templates = \"templates\"").map(Into::into))
            .transpose()?,
        timeout: section.deadline("timeout", "60s")?,
        session_max_idle: section.duration("session_max_idle", "10m")?,
        session_max_age: section.duration("session_max_age", "60m")?,
        url_limit: section.whole("url_limit", 2000, 200, 16_000)?,
        find_rows: section.whole("find_rows", 2000, 2, 20_000)?,
        find_by_range: section.flag("find_by_range", false)?,
        sentences: sentences(&mut section)?,
        fail_when_logged_in: if section.has("fail_when_logged_in") {
            Some(section.flag("fail_when_logged_in", false)?)
        } else {
            section.take("fail_when_logged_in");
            None
        },
        encoding: section.choice(
            "encoding",
            &[("auto", Encoding::Auto), ("utf-8", Encoding::Utf8), ("windows-1252", Encoding::Windows1252)],
            Encoding::Auto,
        )?,
        trim_token: section.flag("trim_token", true)?,
        odata,
    };
    section.finish()?;
    Ok(syspro)
}

fn odata(mut section: Section<'_>, allow_plain_http: bool) -> Read<OData> {
    let found = section.need("url", ODATA_CURE)?;
    let url = url(&found, ODATA_CURE)?;
    refuse_plain_http(&found, &url, allow_plain_http)?;
    let odata = OData {
        url,
        company_segment: section.text_or("company_segment", "", "write the company id, or \"\" for none")?,
        user: section.text("user", "write the OData operator's name")?,
        password: secret(&mut section, "password")?,
        page_size: section.whole("page_size", 1000, 1, 5000)?,
        date_literal: section.choice(
            "date_literal",
            &[
                ("auto", DateLiteral::Auto),
                ("datetime_offset", DateLiteral::DateTimeOffset),
                ("date", DateLiteral::Date),
                ("datetime_v3", DateLiteral::DateTimeV3),
            ],
            DateLiteral::Auto,
        )?,
        timeout: section.deadline("timeout", "60s")?,
        sets: match section.table("sets")? {
            Some(sets) => self::sets(sets)?,
            None => Sets::default(),
        },
    };
    section.finish()?;
    Ok(odata)
}

/// The keys of `[syspro.odata.sets]` and the tables they name.
const TABLES: [(&str, &str); 15] = [
    ("dispatch_note", "MdnMaster"),
    ("dispatch_note_line", "MdnDetail"),
    ("sales_order", "SorMaster"),
    ("sales_order_line", "SorDetail"),
    ("sales_order_form", "CusSorMaster+"),
    ("order_history", "SorMasterRep"),
    ("invoice", "ArInvoice"),
    ("invoice_line", "ArTrnDetail"),
    ("purchase_order", "PorMasterHdr"),
    ("purchase_order_line", "PorMasterDetail"),
    ("stock", "InvMaster"),
    ("customer", "ArCustomer"),
    ("ship_to_address", "ArMultAddress"),
    ("supplier", "ApSupplier"),
    ("supplier_address", "ApSupplierAddr"),
];

fn sets(mut section: Section<'_>) -> Read<Sets> {
    let mut sets = Sets::default();
    for (key, table) in TABLES {
        let name = section.text_or(key, table, "write the name of an entity set")?;
        if name != table {
            sets.0.insert(table.to_owned(), name);
        }
    }
    section.finish()?;
    Ok(sets)
}

/// Reads `[ups]`; prices are in the site's currency.
pub(super) fn ups(mut section: Section<'_>, currency: Currency) -> Read<Ups> {
    let environment = environment(&mut section)?;
    let timeouts = match section.table("timeouts")? {
        Some(timeouts) => self::timeouts(timeouts)?,
        None => self::timeouts(Section::root("")?)?,
    };
    let ups = Ups {
        environment,
        account: section.parsed("account", "write the six letters or digits of the account that pays")?,
        client_id: client_id(&mut section)?,
        client_secret: secret(&mut section, "client_secret")?,
        merchant_id: section.flag("merchant_id", false)?,
        negotiated_rates: section.flag("negotiated_rates", true)?,
        timeouts,
        max_spend: money(&mut section, "max_spend", currency)?,
        trust_window: section.duration("trust_window", "15m")?,
        quantum_view: section.flag("quantum_view", false)?,
        one_automatic_further_attempt: section.flag("one_automatic_further_attempt", false)?,
        reference_code: reference_code(&mut section, "reference_code", "TN")?,
        document_code: reference_code(&mut section, "document_code", "ON")?,
    };
    section.finish()?;
    Ok(ups)
}

fn environment(section: &mut Section<'_>) -> Read<Environment> {
    let cure = "write environment = \"test\", \"production\", or \"custom\" with base_url";
    let found = section.need("environment", cure)?;
    let word = found.text(cure)?;
    let base_url = section.take("base_url");
    match (word.as_str(), base_url) {
        ("custom", None) => {
            let cure = "write base_url = \"http://127.0.0.1:8081\" for the sandbox, or leave \"custom\"";
            Err(section.fault("base_url", "missing", "environment is \"custom\"", cure))
        }
        ("custom", Some(base)) => {
            let cure = "write scheme, host and port, e.g. \"http://127.0.0.1:8081\"";
            let url = url(&base, cure)?;
            if url.scheme() == "http" && !is_loopback(&url) {
                let why = "plain http would show UPS's client secret to the network";
                return Err(base.fault("plain http", why, "write https, or an address of this machine"));
            }
            Ok(Environment::Custom(url))
        }
        ("production" | "test", Some(base)) => {
            let why = format!("environment is \"{word}\" and has an address of its own");
            Err(base.fault("not used", why, "take base_url out, or write environment = \"custom\""))
        }
        ("production", None) => Ok(Environment::Production),
        ("test", None) => Ok(Environment::Test),
        _ => Err(found.bad(&word, "UPS has no such environment", cure)),
    }
}

fn timeouts(mut section: Section<'_>) -> Read<Timeouts> {
    let timeouts = Timeouts {
        connect: section.deadline("connect", "10s")?,
        read_call: section.deadline("read_call", "30s")?,
        ship_call: section.deadline("ship_call", "60s")?,
    };
    section.finish()?;
    Ok(timeouts)
}

fn client_id(section: &mut Section<'_>) -> Read<SecretSource> {
    let cure = "write the app's client id in quotes, or { env = \"…\" } or { file = \"…\" }";
    let found = section.need("client_id", cure)?;
    match &found.value {
        DeValue::String(text) if !text.trim().is_empty() => Ok(SecretSource::Literal(text.to_string())),
        DeValue::String(text) => Err(found.bad(text, "it is empty", cure)),
        _ => secret_in(section, found),
    }
}

fn money(section: &mut Section<'_>, key: &'static str, currency: Currency) -> Read<Option<Money>> {
    let cure = format!("write an amount in {currency} as text, e.g. {key} = \"150.00\"");
    let Some(found) = section.take(key) else { return Ok(None) };
    let text = found.text(&cure)?;
    Money::parse(&text, currency).map(Some).map_err(|why| found.bad(&text, why, &cure))
}

fn reference_code(section: &mut Section<'_>, key: &'static str, default: &str) -> Read<String> {
    let cure = format!("write one of UPS's codes of two characters, e.g. {key} = \"{default}\"");
    let Some(found) = section.take(key) else { return Ok(default.to_owned()) };
    let code = found.text(&cure)?;
    let fits = code.len() == 2 && code.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
    if fits { Ok(code) } else { Err(found.bad(&code, "a code is two capital letters or digits", &cure)) }
}

fn prefix(section: &mut Section<'_>, key: &'static str, usual: &str) -> Read<String> {
    let cure = format!("write the path below which the service lives, e.g. {key} = \"{usual}\"");
    let Some(found) = section.take(key) else { return Ok(usual.to_owned()) };
    let prefix = found.text(&cure)?;
    let plain = prefix.starts_with('/') && !prefix.contains(['?', '#', ' ']);
    if !plain {
        return Err(found.bad(&prefix, "it is not a path", &cure));
    }
    Ok(prefix.trim_end_matches('/').to_owned())
}

fn sentences(section: &mut Section<'_>) -> Read<SentencePatterns> {
    let usual = SentencePatterns::default();
    Ok(SentencePatterns {
        session_lost: patterns(section, "session_lost", usual.session_lost)?,
        logon_refused: patterns(section, "logon_refused", usual.logon_refused)?,
        password_expired: patterns(section, "password_expired", usual.password_expired)?,
        operator_locked: patterns(section, "operator_locked", usual.operator_locked)?,
        operator_busy: patterns(section, "operator_busy", usual.operator_busy)?,
        licence_full: patterns(section, "licence_full", usual.licence_full)?,
        unlicensed: patterns(section, "unlicensed", usual.unlicensed)?,
        not_found: patterns(section, "not_found", usual.not_found)?,
        locked: patterns(section, "locked", usual.locked)?,
    })
}

fn patterns(section: &mut Section<'_>, key: &'static str, usual: Vec<String>) -> Read<Vec<String>> {
    let cure = "write a list of regular expressions in single quotes";
    let Some(found) = section.take(key) else { return Ok(usual) };
    let items = section.items(found, cure)?;
    items
        .iter()
        .map(|item| {
            let text = item.text(cure)?;
            regex::Regex::new(&text).map_err(|why| item.bad(&text, why, cure))?;
            Ok(text)
        })
        .collect()
}

/// Takes a secret's source; the secret itself has no place in the file.
pub(super) fn secret(section: &mut Section<'_>, key: &'static str) -> Read<SecretSource> {
    let cure = secret_cure(key);
    let found = section.need(key, &cure)?;
    if matches!(found.value, DeValue::String(_)) {
        let why = "a site file is copied and mailed, so no secret may stand in it";
        return Err(found.fault("a secret in clear", why, format!("change that secret now, then {cure}")));
    }
    secret_in(section, found)
}

fn secret_in<'a>(section: &Section<'a>, found: Found<'a>) -> Read<SecretSource> {
    let cure = secret_cure(found.key.rsplit('.').next().unwrap_or(&found.key));
    let mut source = section.section(found, &cure)?;
    let env = source.take("env").map(|it| it.text(&cure)).transpose()?;
    let file = source.take("file").map(|it| it.text(&cure)).transpose()?;
    let read = match (env, file) {
        (Some(name), None) if !name.is_empty() => SecretSource::Env(name),
        (None, Some(path)) if !path.is_empty() => SecretSource::File(path.into()),
        (Some(_), Some(_)) => return Err(source.fault("", "two sources", "env and file are both given", cure)),
        _ => return Err(source.fault("", "no source", "neither env nor file is given", cure)),
    };
    source.finish()?;
    Ok(read)
}

fn secret_cure(key: &str) -> String {
    let variable = key.to_uppercase();
    format!("write {key} = {{ env = \"{variable}\" }} or {key} = {{ file = \"{key}.txt\" }}")
}

pub(super) fn url(found: &Found<'_>, cure: &str) -> Read<Url> {
    let text = found.text(cure)?;
    let url = Url::parse(&text).map_err(|why| found.fault("bad URL", why, cure))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(found.fault("bad URL", "it begins with neither http:// nor https://", cure));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let cure = "take name and password out of the address; they have keys of their own";
        return Err(found.fault("credentials in a URL", "addresses are shown and logged", cure));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(found.fault("bad URL", "it has a query or a fragment", cure));
    }
    Ok(url)
}

fn refuse_plain_http(found: &Found<'_>, url: &Url, allowed: bool) -> Read<()> {
    if url.scheme() == "https" || allowed || is_loopback(url) {
        return Ok(());
    }
    let why = "passwords would cross the network readable";
    let cure = "write https (a proxy in front of SYSPRO can give it), or allow_plain_http = true in [syspro] \
                where the network is trusted";
    Err(found.fault("plain http", why, cure))
}

/// Whether the host is this machine, told without asking a name server.
pub(super) fn is_loopback(url: &Url) -> bool {
    is_loopback_host(url.host_str().unwrap_or_default().trim_matches(['[', ']']))
}

/// Whether a host name or address is this machine.
pub(super) fn is_loopback_host(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
