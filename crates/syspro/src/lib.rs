//! SYSPRO e.net and OData, typed; usable without the rest of ml-connector.
//!
//! ```text
//! your values ─► dispatch · form ─► XML document ─► Enet (REST) ─► SYSPRO
//!                                                      │
//! Posted · Row · Error ◄─ answer · order · find ◄─ XML ┘          OData (JSON) ─► Row
//! ```
//!
//! e.net calls are HTTP GETs whose query carries everything, the operator's password and whole XML documents included;
//! their answers are HTTP 200 also when SYSPRO refuses. Therefore no error, log line or `Debug` of this crate shows an
//! address, a password or a session token, and status 200 alone is never taken for success. One operator has one session:
//! a second logon ends the first, so keep one [`Token`] per operator and one call at a time.
//!
//! SYSPRO ignores elements it does not know and may report success without having written. [`Posted`] says what the
//! answer claims; only reading back proves a write. [`Error::may_have_taken_effect`] says whether a failed call has to
//! be looked after before it is repeated.
//!
//! Deliberately not here: retries, stored sessions, and any decision about an order.
//!
//! ```no_run
//! use syspro::{DispatchHeader, Enet, EnetSettings, Posting};
//!
//! # async fn example() -> Result<(), syspro::Error> {
//! let enet = Enet::new(EnetSettings::new(
//!     "http://erp.example.com:30001",
//!     "UPSCONN",
//!     "the operator's password".to_owned().into(),
//!     "EDU1",
//! ))?;
//! let token = enet.logon().await?;
//!
//! let header = DispatchHeader::new("000000000000160").user_field_1("1Z999AA10123456784");
//! let posted = enet.sortdh(&token, &[header], Posting::default()).await?;
//! let note = enet.sorqdn(&token, "000000000000160").await?;
//! let written = note.is_some_and(|note| note.header.text("UserField1") == Ok("1Z999AA10123456784"));
//!
//! enet.logoff(&token).await?;
//! # let _ = (posted, written);
//! # Ok(())
//! # }
//! ```

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
