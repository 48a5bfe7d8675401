//! How this SYSPRO behaves where real ones differ, or where nobody knows for certain.
//!
//! *Assumed* marks what no public evidence supports: there the sandbox can be told to do either,
//! so that nobody relies on the default.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Shape of the session token in the logon's answer over REST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenShape {
    /// 32 hexadecimal digits, `00`, two blanks.
    Plain,
    /// The longer token of newer servers.
    Long,
    /// The plain one in double quotes.
    JsonQuoted,
    /// The plain one in a `<string>` element.
    InXml,
}

/// Letter case of element names in answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameCase {
    /// As the captures and samples show: roots of posts and setups in lower case, others not.
    AsSampled,
    /// Every name as the documentation spells it.
    Documented,
    /// Every name in lower case.
    Lower,
}

/// What COMFND accepts as a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conditions {
    /// `EQ` alone, the only one known from real traffic.
    EqOnly,
    /// Also `NE`, `GT`, `GE`, `LT` and `LE`, which are likely; *assumed*.
    Comparisons,
}

/// What adding a custom form value does where one stands; *assumed*, no server's manners are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormWriting {
    /// Adding refuses a standing value as a duplicate key, changing a missing one.
    Strict,
    /// Adding replaces a standing value; changing a missing one is still refused.
    AddReplaces,
    /// Both write whatever stands.
    Upsert,
}

/// Switches of the pretend SYSPRO. Over the control address: `GET` and `PATCH /syspro/manners`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Manners {
    /// Licence seats: how many sessions may be open at once.
    pub seats: usize,
    /// A session unused for this long is ended; business time. The length is *assumed*.
    pub idle: SignedDuration,
    /// When every seat is taken, the session that was idle longest is ended for a new one if it
    /// was idle for at least this long; business time. The length is *assumed*.
    pub idle_when_full: SignedDuration,
    /// After so many wrong passwords in a row the operator is locked. The number is *assumed*.
    pub lockout_after: u32,
    /// Whether one operator may have several sessions.
    pub concurrent_access: bool,
    /// Shape of the token.
    pub token_shape: TokenShape,
    /// Whether REST's logon reads `FailWhenAlreadyLoggedIn` in `XmlIn`, as SOAP's does; *assumed*.
    pub rest_logon_reads_xml: bool,
    /// Whether the sentence about a lost session comes without `ERROR: ` before it; *assumed*.
    pub bare_session_lost: bool,
    /// What a logon hears when every seat is taken. The real words are not public: *assumed*.
    pub licence_full: String,
    /// What a logon hears that asked to fail rather than end the operator's other session; *assumed*.
    pub already_logged_in: String,
    /// What a logon of a locked operator hears; *assumed*.
    pub operator_locked: String,
    /// What a logon hears whose password is right but expired; *assumed*.
    pub password_expired: String,
    /// The longest path and query in bytes; beyond, 414. The number is *assumed*.
    pub url_limit: usize,
    /// Whether the service is new enough to take large documents by POST.
    pub post_ld: bool,
    /// Whether the asmx web services are installed.
    pub asmx: bool,
    /// Whether a SOAP fault's text has ASP.NET's stack trace around it, as without custom errors.
    pub soap_stack_trace: bool,
    /// Whether non-ASCII letters leave as UTF-8 although Windows-1252 is declared; *assumed*.
    pub utf8: bool,
    /// Letter case of element names in answers.
    pub name_case: NameCase,
    /// Whether text that is too long for its column is cut silently instead of refused; *assumed*.
    pub cut_long_text: bool,
    /// Elements this version of the objects does not know: dropped from documents without a word.
    pub ignored_elements: Vec<String>,
    /// Business objects that report success and write nothing.
    pub pretending: Vec<String>,
    /// Business objects the operator has no licence for.
    pub unlicensed: Vec<String>,
    /// Business objects that are refused because the period is closed; which ones that hits at a
    /// real site is *assumed*.
    pub closed_period_for: Vec<String>,
    /// The words about a closed period; *assumed*.
    pub closed_period: String,
    /// Warnings an object has about every item: business object and text; *assumed*.
    pub warnings: Vec<(String, String)>,
    /// The words about a document somebody is maintaining, `{document}` and `{operator}` filled
    /// in; *assumed*.
    pub document_locked: String,
    /// Whether a document somebody is maintaining keeps its custom form from being written, too;
    /// *assumed*.
    pub locks_hold_forms: bool,
    /// Elements the operator's security leaves out of every answer, as `MPrice` or `MUnitCost`.
    pub hidden_elements: Vec<String>,
    /// Warehouses the operator may not see: their elements are left out of every answer, and posts
    /// that name them are refused.
    pub denied_warehouses: Vec<String>,
    /// Conditions COMFND accepts.
    pub conditions: Conditions,
    /// What adding and changing custom form values do.
    pub form_writing: FormWriting,
    /// Whether an empty element clears a field instead of leaving it alone; *assumed*.
    pub empty_clears: bool,
    /// Whether an order import answers with the order number even when all went well; live servers
    /// did not.
    pub import_tells_order: bool,
    /// Whether changing an order by import must name its customer beside its number; *assumed*.
    pub change_needs_customer: bool,
    /// Whether an order with live dispatch notes refuses to be changed by import; *assumed*.
    pub dispatched_orders_refuse: bool,
    /// Business objects this version does not have, as SORTDH before SYSPRO 8.
    pub missing_objects: Vec<String>,
    /// The form type of dispatch notes; *assumed*.
    pub dispatch_form_type: String,
    /// The table of the dispatch notes' custom form; *assumed*. Read when the sandbox starts.
    pub dispatch_form_table: String,
    /// Whether `ArInvoice` and `PorMasterHdr` have a `PostDate`, which no real table has. Read when
    /// the sandbox starts.
    pub strict_seed: bool,
    /// The most rows an OData answer holds, whatever `$top` says.
    pub odata_cap: usize,
    /// Whether a capped OData answer carries a link to the rest.
    pub odata_next_link: bool,
    /// Whether OData types dates as `Edm.Date` instead of `Edm.DateTimeOffset`.
    pub odata_plain_dates: bool,
    /// What replaces the `+` in the name of a custom form table's set; *assumed*.
    pub odata_plus: String,
    /// Whether `$filter` understands `in`, which came with OData 4.01; *assumed*.
    pub odata_in: bool,
    /// How far SYSPRO's calendar is ahead of the true time; negative = behind.
    pub clock_skew: SignedDuration,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            seats: 10,
            idle: SignedDuration::from_mins(15),
            idle_when_full: SignedDuration::from_mins(10),
            lockout_after: 5,
            concurrent_access: false,
            token_shape: TokenShape::Plain,
            rest_logon_reads_xml: true,
            bare_session_lost: false,
            licence_full: "ERROR: The maximum number of licensed users has been reached".to_owned(),
            already_logged_in: "ERROR: Operator is already logged in".to_owned(),
            operator_locked: "ERROR: Operator has been locked out".to_owned(),
            password_expired: "ERROR: Operator password has expired".to_owned(),
            url_limit: 8192,
            post_ld: true,
            asmx: true,
            soap_stack_trace: false,
            utf8: false,
            name_case: NameCase::AsSampled,
            cut_long_text: false,
            ignored_elements: Vec::new(),
            pretending: Vec::new(),
            unlicensed: Vec::new(),
            closed_period_for: Vec::new(),
            closed_period: "The posting period is closed".to_owned(),
            warnings: Vec::new(),
            document_locked: "{document} is currently being maintained by operator {operator}".to_owned(),
            locks_hold_forms: false,
            hidden_elements: Vec::new(),
            denied_warehouses: Vec::new(),
            conditions: Conditions::Comparisons,
            form_writing: FormWriting::Strict,
            empty_clears: false,
            import_tells_order: false,
            change_needs_customer: false,
            dispatched_orders_refuse: false,
            missing_objects: Vec::new(),
            dispatch_form_type: "DSP".to_owned(),
            dispatch_form_table: "MdnMaster+".to_owned(),
            strict_seed: false,
            odata_cap: 5000,
            odata_next_link: false,
            odata_plain_dates: false,
            odata_plus: "Plus".to_owned(),
            odata_in: true,
            clock_skew: SignedDuration::ZERO,
        }
    }
}
