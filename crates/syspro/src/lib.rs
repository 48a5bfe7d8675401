//! A client for SYSPRO: e.net business objects over REST or SOAP, and tables over OData. Usable without the rest of
//! ml-connector.
//!
//! ```text
//! your values ─► business object ─► template (XML with slots) ─► Enet ─┬─ REST: GET, PostLD when long ─┐
//!                                                                      └─ SOAP: the asmx services      ├─► SYSPRO
//! Posted · Order · Row · Error ◄─────────────── XML, refusals ◄────────────────────────────────────────┘
//! Select { set, columns, filter, key } ─► OData ─► page after page ─► Row…
//! ```
//!
//! # What e.net is
//!
//! SYSPRO is driven by *business objects*: programs with names of six letters that take XML and answer XML. The first three
//! letters are the module (`SOR` sales orders, `ARS` receivables, `POR` purchase orders, `INV` inventory, `COM` common), the
//! fourth the kind: `Q` asks, `S` sets up master data, `T` posts a transaction. e.net is the service that runs them over
//! the network, for one operator of one company, after a logon that takes a licence seat. [`Enet`] speaks to it;
//! [`Operator`] keeps its one session. The OData service reads tables, has users of its own and takes no seat.
//!
//! # First logon, query, logoff
//!
//! ```no_run
//! use syspro::{DispatchHeader, Enet, EnetSettings, Operator, Posting, SessionLimits};
//!
//! # async fn example() -> Result<(), syspro::Error> {
//! let password = "the operator's password".to_owned().into();
//! let enet = Enet::new(EnetSettings::new("https://erp.example.com:30001", "UPSCONN", password, "EDU1"))?;
//! let operator = Operator::new(enet, SessionLimits::default());
//!
//! let mut session = operator.session().await?; // logs on
//! let note = session.read(async |enet, token| enet.sorqdn(token, "000000000000160").await).await?;
//! if let Some(note) = note {
//!     println!("{:?}: {} lines", note.dispatch_note_status(), note.lines.len());
//!     let header = DispatchHeader::new("000000000000160").user_field_1("1Z999AA10123456784");
//!     let headers = [header.clone()];
//!     session.call(async |enet, token| enet.sortdh(token, &headers, Posting::default()).await).await?;
//!     let (item, token) = (header.slots()?, session.token().await?);
//!     let read = session.enet().read_back(&token, session.enet().template("SORTDH")?, &item).await?;
//!     println!("written: {}", read.iter().all(syspro::ReadBack::is_proven));
//! }
//! drop(session);
//! operator.close().await // logs off
//! # }
//! ```
//!
//! # Writing is claiming, reading back is proof
//!
//! SYSPRO ignores elements it does not know and may report success without having written. [`Posted`] says what the answer
//! claims; only reading back proves a write. Each template of a changing object names the query and the path that shows
//! each value ([`Enet::read_back`]). Documents are files with named slots which a site can replace ([`Templates`]),
//! because versions of SYSPRO and local use of fields differ.
//!
//! # Errors, and what follows
//!
//! | Error | Did it take effect? | What next |
//! | --- | --- | --- |
//! | [`Unreachable`](Error::Unreachable) | no, nothing was sent | try again later; the obstacle says what to look at |
//! | [`Unavailable`](Error::Unavailable) | no | try again later; with status 404 check the address and prefix |
//! | [`AnswerLost`](Error::AnswerLost) | perhaps | read back, then repeat what is not there; a logon may hold a seat |
//! | [`SessionLost`](Error::SessionLost) | no | log on and repeat; twice in a short time means that somebody uses the operator |
//! | [`LogonRefused`](Error::LogonRefused) | no | do not repeat: operators get locked; see its reason |
//! | [`LicenceFull`](Error::LicenceFull) | no | try again later, or free a seat |
//! | [`OperatorBusy`](Error::OperatorBusy) | no | wait, or use an operator of one's own |
//! | [`BusinessError`](Error::BusinessError) | a reading call no, a changing one perhaps | read back; later again if [locked](Error::is_locked) |
//! | [`Unlicensed`](Error::Unlicensed) | no | license the business object for the operator |
//! | [`Unauthorised`](Error::Unauthorised) | no | correct the OData user or its rights |
//! | [`Unreadable`](Error::Unreadable) | no | look at what is in between: a proxy's page, a wrong encoding |
//! | [`QueryRefused`](Error::QueryRefused) | no | correct the data it names; later again if [locked](Error::is_locked) |
//! | [`Rejected`](Error::Rejected) | no if the answer counts no processed item, else perhaps | correct the data it names, read back if in doubt |
//! | [`Invalid`](Error::Invalid) | no, nothing was sent | correct the setting, template or value it names |
//! | [`TooLong`](Error::TooLong) | no | split the document, or use SOAP |
//!
//! [`Error::may_have_taken_effect`] says the second column, and the same for both transports. A document of many items may
//! also be taken in part: that is no error, see [`Posted::verdict`] and [`Posted::errors_of`].
//!
//! # Secrets
//!
//! Over REST everything travels in the address, the operator's password and whole documents included; the answer's status
//! is 200 also when SYSPRO refuses. Therefore no error, log line or `Debug` of this crate shows an address, a password or
//! a session token, texts of the other side are cleaned of them, and plain http to another machine has to be allowed
//! ([`EnetSettings::allow_plain_http`]). Over SOAP they travel in the body.
//!
//! # Deliberately not here
//!
//! Repetition of calls that change something, sessions shared by processes, and any decision about an order. Nor SOAP on
//! the WCF service, whose addresses and actions are not publicly known.

mod address;
mod answer;
mod clock;
mod dispatch;
mod enet;
mod error;
mod filter;
mod find;
mod form;
mod http;
mod masters;
mod metadata;
mod odata;
mod operator;
mod order;
mod order_change;
mod row;
mod search;
mod session;
mod settings;
mod status;
mod submit;
mod template;
mod text;
mod transport;
mod xml;

pub use address::ShipToChange;
pub use answer::{ItemError, Posted, Verdict, Warning};
pub use clock::{Clock, SystemClock};
pub use dispatch::{DispatchHeader, DispatchLine, DispatchStatus};
pub use enet::{Enet, SetupVerb};
pub use error::{Error, LogonRefusal, Obstacle};
pub use filter::{Filter, ListOperator, Literal, Op};
pub use find::{Condition, Find};
pub use form::{CustomField, FormData, FormFunction, FormMode, FormRecord, FormValue};
pub use masters::{Customer, LoggedOnUser, PostalAddress, ShipToAddress, StockItem};
pub use metadata::{Metadata, Missing, Property};
pub use odata::{DateLiteral, OData, ODataSettings, Select, read_page};
pub use operator::{Operator, Session, SessionLimits};
pub use order::{Line, LineKind, Order};
pub use order_change::{FreightCharge, OrderChange, OrderLineChange, OrderStatusChange};
pub use row::{ReadError, Row};
pub use search::{DispatchSearch, DispatchSummary, OrderSearch, OrderSummary, Transfers};
pub use session::{Profile, Token};
pub use settings::{EnetSettings, PostLd, SentencePatterns, TransportKind};
pub use status::{DispatchNoteStatus, SalesOrderStatus};
pub use submit::{OnWarning, Posting};
pub use template::{Offer, Proof, ReadBack, Slots, Template, TemplateCall, Templates, Written};
pub use text::{Encoding, Fitted, Replacement, fit_windows_1252, in_windows_1252};
pub use transport::asmx::read_soap;
pub use xml::{Element, XmlError, read_xml};
