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
//! use syspro::{DispatchHeader, Enet, EnetSettings, Sortdh};
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
//! let posted = enet.sortdh(&token, &[header], Sortdh::default()).await?;
//! let note = enet.sorqdn(&token, "000000000000160").await?;
//! let written = note.is_some_and(|note| note.header.text("UserField1") == Ok("1Z999AA10123456784"));
//!
//! enet.logoff(&token).await?;
//! # let _ = (posted, written);
//! # Ok(())
//! # }
//! ```

mod answer;
mod dispatch;
mod enet;
mod error;
mod filter;
mod find;
mod form;
mod http;
mod metadata;
mod odata;
mod order;
mod row;
mod session;
mod settings;
mod text;
mod xml;

pub use answer::{ItemError, Posted, Verdict, Warning};
pub use dispatch::{DispatchHeader, DispatchStatus, Sortdh};
pub use enet::Enet;
pub use error::{Error, Obstacle};
pub use filter::{Filter, Literal, Op};
pub use find::{Condition, Find};
pub use form::{CustomField, FormData, FormMode, FormValue};
pub use metadata::{Metadata, Property};
pub use odata::{DateLiteral, OData, ODataSettings, Select};
pub use order::{Line, LineKind, Order};
pub use row::{ReadError, Row};
pub use session::{Profile, Token};
pub use settings::EnetSettings;
pub use text::{Encoding, Fitted, Replacement, fit_windows_1252, in_windows_1252};
pub use xml::{Element, XmlError};
