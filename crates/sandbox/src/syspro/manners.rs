//! How this SYSPRO behaves where real ones differ, or where nobody knows for certain.

use jiff::SignedDuration;

/// Shape of the session token in the logon's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// Switches of the pretend SYSPRO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manners {
    /// Licence seats: how many sessions may be open at once.
    pub seats: usize,
    /// A session unused for this long is ended; business time.
    pub idle: SignedDuration,
    /// After so many wrong passwords in a row the operator is locked.
    pub lockout_after: u32,
    /// Whether one operator may have several sessions.
    pub concurrent_access: bool,
    /// Shape of the token.
    pub token_shape: TokenShape,
    /// Whether the sentence about a lost session comes without `ERROR: ` before it.
    pub bare_session_lost: bool,
    /// What a logon hears when every seat is taken. The real words are not public.
    pub licence_full: String,
    /// What a logon hears that asked to fail rather than end the operator's other session.
    pub already_logged_in: String,
    /// The longest path and query in bytes; beyond, 414.
    pub url_limit: usize,
    /// Whether the service is new enough to take large documents by POST.
    pub post_ld: bool,
    /// Whether non-ASCII letters leave as UTF-8 although Windows-1252 is declared.
    pub utf8: bool,
    /// Whether text that is too long for its column is cut silently instead of refused.
    pub cut_long_text: bool,
    /// Whether adding a custom form value replaces one that is there instead of refusing.
    pub form_add_replaces: bool,
    /// Whether an empty element clears a dispatch note's field instead of leaving it alone.
    pub empty_clears: bool,
    /// Business objects the operator has no licence for.
    pub unlicensed: Vec<String>,
    /// Whether an order import answers with the order number even when all went well.
    pub import_tells_order: bool,
    /// The most rows an OData answer holds, whatever `$top` says.
    pub odata_cap: usize,
    /// Whether a capped OData answer carries a link to the rest.
    pub odata_next_link: bool,
    /// Whether OData types dates as `Edm.Date` instead of `Edm.DateTimeOffset`.
    pub odata_plain_dates: bool,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            seats: 10,
            idle: SignedDuration::from_mins(15),
            lockout_after: 5,
            concurrent_access: false,
            token_shape: TokenShape::Plain,
            bare_session_lost: false,
            licence_full: "ERROR: The maximum number of licensed users has been reached".to_owned(),
            already_logged_in: "ERROR: Operator is already logged in".to_owned(),
            url_limit: 8192,
            post_ld: true,
            utf8: false,
            cut_long_text: false,
            form_add_replaces: false,
            empty_clears: false,
            unlicensed: Vec::new(),
            import_tells_order: false,
            odata_cap: 5000,
            odata_next_link: false,
            odata_plain_dates: false,
        }
    }
}
