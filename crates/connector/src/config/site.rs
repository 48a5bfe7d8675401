//! What a site is set up to do: every setting typed, every number with its unit.
//!
//! ```text
//! site file ─► section (keys, lines) ─► read (one function per table) ─► Site ─► engine, intake, remote
//! ```
//!
//! A `Site` that exists is consistent: its printers, boxes and warehouses are known by name and no two sources ship
//! from one warehouse. It holds no secret, only where each one is read from at `site apply`. What is deliberately not
//! here: any rule of shipping, which is `shipment`'s, and any default, which stands beside its key in `read`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Url;
use shipment::address;
use shipment::decide::Mode;
use shipment::measure::MassUnit;
use shipment::money::{Currency, Money};
use shipment::number::{AccountNumber, SiteName, WarehouseCode};
use shipment::schedule::Schedule;
use shipment::service::Table;
use shipment::ship_date::Calendar;
use shipment::{packing, write_back};

use super::notify::{Mail, Webhook};
use super::secret::SecretSource;
use super::source::SourceSettings;
use super::tracking::Tracking;

/// One SYSPRO company paired with one UPS account.
#[derive(Debug, Clone)]
pub struct Site {
    /// The name people and programs call it by.
    pub name: SiteName,
    /// How much the connector does on its own.
    pub mode: Mode,
    /// What happens to documents that are ready already at the first poll.
    pub start: Start,
    /// How long a shipment's own retries go on before they end in a hold (default 24 hours).
    pub patience: SignedDuration,
    /// A reading older than this is re-read just before booking (default 5 minutes).
    pub fresh_for: SignedDuration,
    /// A cycle that would book more new documents than this stops and asks (default 50).
    pub max_new_per_cycle: u32,
    /// The currency of the UPS account.
    pub currency: Currency,
    /// What the company's own currency codes mean, where they are no codes of ISO 4217; a blank may be among them.
    pub currencies: BTreeMap<String, Currency>,
    /// The unit of SYSPRO's masses, which SYSPRO does not store.
    pub mass_unit: MassUnit,
    /// SYSPRO: addresses, operator, limits.
    pub syspro: Syspro,
    /// UPS: environment, account, limits.
    pub ups: Ups,
    /// The warehouses that ship, at least one.
    pub ship_froms: Vec<ShipFrom>,
    /// Where ready documents are read, at least one.
    pub sources: Vec<SourceSettings>,
    /// When our labels are compared with UPS's; not by itself where there is none.
    pub reconcile: Option<Schedule>,
    /// How old what is kept of SYSPRO's masters may be.
    pub reference: Reference,
    /// Which of SYSPRO's positional address lines is what.
    pub address: address::Map,
    /// What happens without a consignee's phone number.
    pub phone: address::PhoneRule,
    /// Whether the customer's own number (`ArCustomer.Telephone`) is used; SYSPRO's documents carry none.
    pub phone_from_customer: bool,
    /// Boxes and weights.
    pub packing: packing::Rules,
    /// Ship-via to UPS service.
    pub ship_via: Table,
    /// What is written back to SYSPRO, and where.
    pub write_back: WriteBack,
    /// Where labels come out, known by name.
    pub printers: Vec<Printer>,
    /// Following booked parcels.
    pub tracking: Tracking,
    /// Mail to people, if any.
    pub mail: Option<Mail>,
    /// Signed requests to a program, if any.
    pub webhook: Option<Webhook>,
}

/// The modes by the words of site files, commands and the store.
pub const MODES: [(&str, Mode); 3] =
    [("shadow", Mode::Shadow), ("approve", Mode::Approve), ("automatic", Mode::Automatic)];

/// A mode's word.
pub fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Shadow => "shadow",
        Mode::Approve => "approve",
        Mode::Automatic => "automatic",
    }
}

/// What happens to documents that are ready already when the site is polled for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// They are recorded as *already there* and booked only when a person releases them.
    Baseline,
    /// They are shipped like any other.
    Everything,
}

impl Start {
    /// As written in the site file and shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Everything => "everything",
        }
    }
}

/// SYSPRO's e.net service, and its OData service where the site has one.
#[derive(Debug, Clone)]
pub struct Syspro {
    /// Scheme, host and port of e.net, without a path.
    pub enet_url: Url,
    /// Which of e.net's services is called (default REST).
    pub transport: Transport,
    /// The path in front of every REST call (default `/SYSPROWCFService/Rest`).
    pub rest_prefix: String,
    /// The path of the asmx services (default `/SYSPROWebServices`).
    pub asmx_prefix: String,
    /// Whether long documents go by `PostLD` over REST, until the service says that it has none (default yes).
    pub post_large: bool,
    /// The operator the connector logs on as; nobody else may use it.
    pub operator: String,
    /// Its password.
    pub operator_password: SecretSource,
    /// The company id.
    pub company: String,
    /// The company's password, where it has one.
    pub company_password: Option<SecretSource>,
    /// Whether the company is a test company, into which a site on UPS's test host may write.
    pub test_company: bool,
    /// Plain http to a host that is not this machine was allowed in words.
    pub allow_plain_http: bool,
    /// A private certificate authority to trust, in PEM.
    pub ca_file: Option<SecretSource>,
    /// The folder with the site's own templates for SYSPRO's documents, read when the site is applied.
    pub templates: Option<PathBuf>,
    /// The deadline of one call.
    pub timeout: Duration,
    /// A session idle for longer is renewed before it is used.
    pub session_max_idle: SignedDuration,
    /// A session older than this is renewed.
    pub session_max_age: SignedDuration,
    /// The longest URL in bytes; longer documents go by `PostLD`.
    pub url_limit: usize,
    /// How many rows of a table are asked for at once over e.net (default 2000).
    pub find_rows: u32,
    /// Whether keys that lie close together are asked for as one range (default no).
    pub find_by_range: bool,
    /// Patterns of the texts that SYSPRO says instead of an answer.
    pub sentences: syspro::SentencePatterns,
    /// Whether the logon is asked to fail rather than end another session of the operator; without it nothing is said.
    pub fail_when_logged_in: Option<bool>,
    /// How response bytes are read.
    pub encoding: Encoding,
    /// Whether the session token is trimmed before it is sent back.
    pub trim_token: bool,
    /// The OData service, through which documents are read; without it they are read through e.net.
    pub odata: Option<OData>,
}

/// Which of e.net's services is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// The WCF service's REST face: GET, and PostLD for long documents.
    Rest,
    /// The asmx web services of IIS: SOAP 1.1.
    Soap,
}

impl Transport {
    /// As written in the site file and shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Soap => "soap",
        }
    }
}

impl Syspro {
    /// The path below which the chosen service lives.
    pub fn prefix(&self) -> &str {
        match self.transport {
            Transport::Rest => &self.rest_prefix,
            Transport::Soap => &self.asmx_prefix,
        }
    }
}

/// How the bytes of SYSPRO's answers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 where the bytes are that, Windows-1252 otherwise.
    Auto,
    /// UTF-8.
    Utf8,
    /// Windows-1252.
    Windows1252,
}

/// SYSPRO's OData service: reading only, own credentials.
#[derive(Debug, Clone)]
pub struct OData {
    /// The service's root, e.g. `https://host/SYSPRO8Odata/SYSPROOData`.
    pub url: Url,
    /// The path segment that names the company; empty for none.
    pub company_segment: String,
    /// User name for Basic authentication.
    pub user: String,
    /// Its password.
    pub password: SecretSource,
    /// Rows asked for at once, at most 5000.
    pub page_size: u32,
    /// How a date is written in a filter.
    pub date_literal: DateLiteral,
    /// The deadline of one call.
    pub timeout: Duration,
    /// The names under which the service offers SYSPRO's tables.
    pub sets: Sets,
}

/// How the OData service wants dates written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateLiteral {
    /// By the property's type in `$metadata`.
    Auto,
    /// `2026-01-31T00:00:00Z`.
    DateTimeOffset,
    /// `2026-01-31`.
    Date,
    /// `datetime'2026-01-31T00:00:00'`.
    DateTimeV3,
}

/// The names under which an OData service offers SYSPRO's tables, where they differ from the tables' own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sets(pub BTreeMap<String, String>);

impl Sets {
    /// The entity set of a table.
    pub fn of<'a>(&'a self, table: &'a str) -> &'a str {
        self.0.get(table).map_or(table, String::as_str)
    }
}

/// How old a kept row of SYSPRO's masters may be before it is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Stock codes: mass, volume, tariff code, origin (default 24 hours).
    pub stock: SignedDuration,
    /// Customers: phone, mail, on hold (default 1 minute).
    pub customers: SignedDuration,
    /// Suppliers (default 24 hours).
    pub suppliers: SignedDuration,
    /// UPS's word that it knows a consignee's address (default 24 hours).
    pub addresses: SignedDuration,
}

/// UPS's REST services.
#[derive(Debug, Clone)]
pub struct Ups {
    /// Which UPS: fixed once the site has booked.
    pub environment: Environment,
    /// The shipper account that pays.
    pub account: AccountNumber,
    /// The app's client id.
    pub client_id: SecretSource,
    /// The app's client secret.
    pub client_secret: SecretSource,
    /// Whether the account is sent as `x-merchant-id` with the token request.
    pub merchant_id: bool,
    /// Whether negotiated rates are asked for.
    pub negotiated_rates: bool,
    /// Deadlines.
    pub timeouts: Timeouts,
    /// A quote above this is held for a person.
    pub max_spend: Option<Money>,
    /// How long after an unanswered booking no further attempt is allowed, on top of lease and deadline.
    pub trust_window: SignedDuration,
    /// Whether the account has a Quantum View subscription for outbound shipments, made on ups.com.
    pub quantum_view: bool,
    /// Whether one further attempt is made without a person when UPS knows nothing of the first.
    pub one_automatic_further_attempt: bool,
    /// UPS's code for our reference number, two characters (default `TN`).
    pub reference_code: String,
    /// UPS's code for SYSPRO's document number, two characters (default `ON`).
    pub document_code: String,
}

/// Which UPS the site talks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Environment {
    /// Real labels, real money.
    Production,
    /// UPS's test host.
    Test,
    /// An own address: the sandbox, or a proxy.
    Custom(Url),
}

impl Environment {
    /// Whether calls to it are encrypted; only an own address of this machine may not be.
    pub fn is_encrypted(&self) -> bool {
        match self {
            Self::Production | Self::Test => true,
            Self::Custom(url) => url.scheme() == "https",
        }
    }

    /// The name under which the store remembers it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Test => "test",
            Self::Custom(_) => "custom",
        }
    }
}

/// Deadlines of UPS calls, real time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Reaching the host, certificate included.
    pub connect: Duration,
    /// A whole call that only reads.
    pub read_call: Duration,
    /// A whole call that buys or voids.
    pub ship_call: Duration,
}

/// A warehouse that ships: the address on the label and the rhythm of its day.
#[derive(Debug, Clone)]
pub struct ShipFrom {
    /// SYSPRO's warehouse code.
    pub warehouse: WarehouseCode,
    /// Company, street, city, phone as UPS is told them.
    pub address: address::Address,
    /// Time zone, cut-off, working days, holidays.
    pub calendar: Calendar,
    /// The printer its labels go to, by name; without one they stay in the store.
    pub printer: Option<String>,
    /// What UPS is asked to draw where no printer says it.
    pub label_format: LabelFormat,
    /// Another account than the site's.
    pub account: Option<AccountNumber>,
}

/// What is written back to SYSPRO.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteBack {
    /// Fields and steps.
    pub rules: write_back::Rules,
    /// The business object that writes custom form fields (default `COMSFM`).
    pub form_object: FormObject,
    /// Where sales orders keep their form.
    pub order_form: FormPlace,
    /// Where dispatch notes keep theirs; not published, so the site says it.
    pub note_form: Option<FormPlace>,
    /// Where purchase orders keep theirs.
    pub purchase_form: Option<FormPlace>,
    /// The most items posted as one document.
    pub max_items: usize,
}

/// The business object that writes custom form fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormObject {
    /// `COMSFM`: one item a field, by the field's key.
    Comsfm,
    /// `COMTFM`: one item a record, by column names; the newer tables only.
    Comtfm,
}

/// A custom form in SYSPRO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPlace {
    /// The form's type code, e.g. `ORD`.
    pub form_type: String,
    /// The table that keeps its values, e.g. `CusSorMaster+`.
    pub table: String,
}

/// A place where labels come out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printer {
    /// The name ship-froms refer to.
    pub name: String,
    /// How labels get there.
    pub kind: PrinterKind,
    /// What UPS is asked to draw.
    pub format: LabelFormat,
}

/// How labels reach a printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrinterKind {
    /// A file per label appears in this folder by rename; a relative path is below the data directory.
    Folder(PathBuf),
    /// Raw bytes to `host:port`, usually port 9100; such a printer never acknowledges.
    Raw(String),
}

/// What a label is drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelFormat {
    /// For thermal printers.
    Zpl,
    /// A picture.
    Gif,
    /// A picture.
    Png,
}

impl LabelFormat {
    /// As written in the site file; also the file's ending.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zpl => "zpl",
            Self::Gif => "gif",
            Self::Png => "png",
        }
    }
}

impl Ups {
    /// The deadline of a call that buys, real time.
    pub fn ship_deadline(&self) -> SignedDuration {
        SignedDuration::try_from(self.timeouts.ship_call).unwrap_or(SignedDuration::from_mins(2))
    }

    /// How long a shipment is kept in hand for a booking, real time.
    pub fn booking_lease(&self) -> SignedDuration {
        self.ship_deadline() * 2 + SignedDuration::from_secs(30)
    }

    /// So long after it was asked, nobody can be working on an attempt any more, here or at UPS.
    pub fn attempt_over_after(&self) -> SignedDuration {
        self.booking_lease() + self.ship_deadline() + self.trust_window
    }
}

impl Site {
    /// The ship-from of a warehouse; `None` means its orders are not ours.
    pub fn ship_from(&self, warehouse: &WarehouseCode) -> Option<&ShipFrom> {
        self.ship_froms.iter().find(|from| from.warehouse == *warehouse)
    }

    /// The currency that a code of SYSPRO means: the site's own meaning goes before ISO 4217.
    pub fn currency_of(&self, code: &str) -> Option<Currency> {
        let code = code.trim();
        self.currencies.get(code).copied().or_else(|| code.parse().ok())
    }

    /// The printer of a ship-from.
    pub fn printer_of(&self, from: &ShipFrom) -> Option<&Printer> {
        let name = from.printer.as_ref()?;
        self.printers.iter().find(|printer| printer.name == *name)
    }

    /// Whether labels of this site cost money.
    pub fn buys_real_labels(&self) -> bool {
        self.ups.environment == Environment::Production
    }

    /// Whether SYSPRO may be written: tracking numbers that are not from production belong in test companies only.
    pub fn may_write_to_syspro(&self) -> bool {
        self.buys_real_labels() || self.syspro.test_company
    }

    /// Whether some enabled step carries the tracking number for every source; without it the site may not book on
    /// its own.
    pub fn carries_tracking(&self) -> bool {
        self.sources.iter().all(|it| self.write_back.rules.carries_tracking(it.source))
    }
}
