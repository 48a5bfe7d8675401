//! The way to SYSPRO's tables: OData where the site has it, else e.net under the operator's session.
//!
//! ```text
//! Question (table, columns, which rows) ─► Reader ─┬─ OData: one address a page ─────────────┐
//!                                                  └─ e.net: COMFND, the seat held meanwhile ─┴─► Row…
//! ```
//!
//! Intake asks a [`Reader`] and does not know which way it has. Both give the same rows: every row of the answer once, in
//! the order of its key. Over e.net a session that is lost is renewed once and the question asked again, because reading
//! twice costs nothing. What is deliberately not here: which tables are read, and what their columns mean.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use syspro::{Filter, Find, OData, Op, Row, Select};
use tokio::sync::Mutex;

use crate::app::{App, SiteRuntime};
use crate::config::{Sets, Site};
use crate::remote::session::Seat;
use crate::remote::trouble::Trouble;
use crate::store::Store;

/// The most rows a list of keys may lead to over e.net in one question: documents have lines, not thousands of them.
const ENET_MOST: u32 = 20_000;

/// What is asked of a table.
#[derive(Debug, Clone)]
pub(crate) struct Question<'a> {
    /// SYSPRO's name of the table.
    pub(crate) table: &'a str,
    /// The table's whole key, or what tells its rows apart here; in its order rows come.
    pub(crate) key: &'a [String],
    /// The columns wanted; those of the key are added.
    pub(crate) columns: Vec<&'a str>,
    /// Which rows.
    pub(crate) rows: Rows<'a>,
}

/// Which rows of a table.
#[derive(Debug, Clone)]
pub(crate) enum Rows<'a> {
    /// All of them.
    All,
    /// Those whose column holds one of a few codes; however many rows that are.
    Coded {
        /// The column.
        column: &'a str,
        /// The codes.
        codes: &'a [String],
    },
    /// Those whose column is this day or later; however many rows that are.
    From {
        /// The column.
        column: &'a str,
        /// The day.
        day: Date,
    },
    /// Those whose column holds one of these keys; a list that may be long.
    Keyed {
        /// The column.
        column: &'a str,
        /// The keys, as SYSPRO wrote them.
        keys: &'a [String],
    },
}

/// The way to SYSPRO's tables, for one site and one reading.
pub(crate) struct Reader<'a> {
    way: Way<'a>,
    store: &'a Store,
    site: &'a Site,
    /// When the reading began.
    now: Timestamp,
}

enum Way<'a> {
    /// The OData service, and what it calls SYSPRO's tables.
    OData { client: &'a OData, sets: &'a Sets },
    /// e.net, as the site's operator.
    Enet(Box<Mutex<Seat<'a>>>),
}

impl<'a> Reader<'a> {
    /// The site's way. Over e.net the operator's session is taken for as long as the reader lives.
    ///
    /// # Errors
    /// When the session cannot be had.
    pub(crate) async fn open(app: &'a App, site: &'a Arc<SiteRuntime>) -> Result<Self, Trouble> {
        let way = match odata(site) {
            Some(way) => way,
            None => Way::Enet(Box::new(Mutex::new(app.sessions.take(app, site).await?))),
        };
        Ok(Self { way, store: &app.store, site: &site.site, now: app.clock.now() })
    }

    /// The site's way, under a session that is held already: it is moved into the reader, and [`Self::into_seat`] gives it
    /// back. None where the site reads through e.net and there is no session.
    pub(crate) fn of(app: &'a App, site: &'a SiteRuntime, seat: &mut Option<Seat<'a>>) -> Option<Self> {
        let way = match odata(site) {
            Some(way) => way,
            None => Way::Enet(Box::new(Mutex::new(seat.take()?))),
        };
        Some(Self { way, store: &app.store, site: &site.site, now: app.clock.now() })
    }

    /// The session it held, if it reads through e.net.
    pub(crate) fn into_seat(self) -> Option<Seat<'a>> {
        match self.way {
            Way::OData { .. } => None,
            Way::Enet(seat) => Some(seat.into_inner()),
        }
    }

    /// Whether it reads through e.net, where the length of a list of keys is bounded and a call is dear.
    pub(crate) fn is_enet(&self) -> bool {
        matches!(self.way, Way::Enet(_))
    }

    pub(super) fn store(&self) -> &Store {
        self.store
    }

    pub(super) fn site(&self) -> &Site {
        self.site
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// The rows asked for, each once, in the order of their key.
    ///
    /// # Errors
    /// The client's, and those of the session.
    pub(crate) async fn rows(&self, question: &Question<'_>) -> Result<Vec<Row>, Trouble> {
        let nothing = match &question.rows {
            Rows::Keyed { keys: none, .. } | Rows::Coded { codes: none, .. } => none.is_empty(),
            Rows::All | Rows::From { .. } => false,
        };
        if nothing {
            return Ok(Vec::new());
        }
        match &self.way {
            Way::OData { client, sets } => Ok(client.read(&question.select(sets)).await?),
            Way::Enet(seat) => question.by_comfnd(&mut *seat.lock().await, self.site.syspro.find_rows).await,
        }
    }
}

fn odata(site: &SiteRuntime) -> Option<Way<'_>> {
    let (client, settings) = site.odata.as_ref().zip(site.site.syspro.odata.as_ref())?;
    Some(Way::OData { client, sets: &settings.sets })
}

impl Question<'_> {
    fn select(&self, sets: &Sets) -> Select {
        let filter = match &self.rows {
            Rows::All => Filter::All,
            Rows::Coded { column, codes: values } | Rows::Keyed { column, keys: values } => {
                Filter::is_in(*column, values.iter().map(String::as_str))
            }
            Rows::From { column, day } => Filter::ge_date(*column, *day),
        };
        Select::new(sets.of(self.table), filter, self.key.iter().cloned()).columns(self.columns.iter().copied())
    }

    fn find(&self) -> Find {
        let mut columns: Vec<&str> = self.columns.clone();
        for key in self.key {
            if !columns.contains(&key.as_str()) {
                columns.push(key);
            }
        }
        let find = Find::new(self.table).columns(columns).order_by(self.key.iter().cloned());
        match &self.rows {
            Rows::All => find,
            Rows::Coded { column, codes: values } | Rows::Keyed { column, keys: values } => {
                find.where_any_of(*column, values.iter().cloned())
            }
            Rows::From { column, day } => find.where_ge_date(*column, *day),
        }
    }

    async fn by_comfnd(&self, seat: &mut Seat<'_>, page: u32) -> Result<Vec<Row>, Trouble> {
        if matches!(self.rows, Rows::Keyed { .. }) {
            let rows = ask(seat, &self.find().limit(ENET_MOST)).await?;
            return Ok(self.each_once(rows, &mut HashSet::new()));
        }
        let mut reading = Pages { question: self, page, seen: HashSet::new(), rows: Vec::new() };
        reading.below(seat, &mut Vec::new()).await?;
        Ok(reading.rows)
    }

    fn each_once(&self, rows: Vec<Row>, seen: &mut HashSet<Vec<String>>) -> Vec<Row> {
        let key = |row: &Row| self.key.iter().map(|it| row.raw(it).unwrap_or_default().to_owned()).collect();
        rows.into_iter().filter(|row| seen.insert(key(row))).collect()
    }
}

/// A table read page by page over e.net, along its whole key.
///
/// A page goes on from the last value of the key's first column. Where that value alone fills a page (a customer with
/// thousands of invoices), the rows that share it are read first, along the rest of the key: each condition is one that
/// SYSPRO is asked anyway, and none needs brackets within brackets.
struct Pages<'a> {
    question: &'a Question<'a>,
    page: u32,
    seen: HashSet<Vec<String>>,
    rows: Vec<Row>,
}

impl Pages<'_> {
    /// Reads every row whose key begins with `fixed`.
    async fn below(&mut self, seat: &mut Seat<'_>, fixed: &mut Vec<String>) -> Result<(), Trouble> {
        let key = self.question.key;
        let column = key.get(fixed.len());
        let mut from: Option<(Op, String)> = None;
        loop {
            let mut find = self.question.find().first(self.page);
            for (column, value) in key.iter().zip(fixed.iter()) {
                find = find.where_eq(column, value);
            }
            if let (Some((op, value)), Some(column)) = (&from, column) {
                find = find.condition(column, *op, value);
            }
            let page = ask(seat, &find).await?;
            let is_full = u32::try_from(page.len()).unwrap_or(u32::MAX) >= self.page;
            let value = |row: Option<&Row>| column.and_then(|it| row?.raw(it)).unwrap_or_default().to_owned();
            let (first, last) = (value(page.first()), value(page.last()));
            let known = self.rows.len();
            self.rows.extend(self.question.each_once(page, &mut self.seen));
            if !is_full {
                return Ok(());
            }
            let nothing_new = self.rows.len() == known && first != last && from.is_some();
            if column.is_none() || nothing_new {
                // The whole key is given, and still there are more; or SYSPRO does not sort by it.
                return Err(Trouble::cut_off(self.question.table, self.page));
            }
            if first == last {
                fixed.push(last.clone());
                Box::pin(self.below(seat, fixed)).await?;
                fixed.pop();
                from = Some((Op::Gt, last));
            } else {
                // From the last value on, because rows that share it may have been cut off with it.
                from = Some((Op::Ge, last));
            }
        }
    }
}

/// One question under the seat's session, which is renewed once if SYSPRO says that it is gone.
async fn ask(seat: &mut Seat<'_>, find: &Find) -> Result<Vec<Row>, Trouble> {
    let token = seat.token()?;
    match seat.site.enet.comfnd(&token, find).await {
        Err(syspro::Error::SessionLost { .. }) => {
            seat.lost().await?;
            let token = seat.token()?;
            Ok(seat.site.enet.comfnd(&token, find).await?)
        }
        answered => Ok(answered?),
    }
}
