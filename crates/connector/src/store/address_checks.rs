//! How far a site's address book was checked, what was found, and what was accepted.
//!
//! ```text
//! check ─► put, one row an address ─► accept (a person) ─► accepted, not carried out ─► the engine writes ─► settled
//! ```
//!
//! A row is kept under customer and ship-to code; the customer's own address has an empty code. It remembers the text that
//! was asked, so that an address that changed in SYSPRO since is checked anew and never overwritten.

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use shipment::number::{SalesOrderNumber, SiteName};

use super::column::{counted, failed, get, maybe_time, micros, sql, time};
use super::{Store, StoreError};

/// One checked address of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressCheckRow {
    /// The customer, as SYSPRO writes it.
    pub customer: String,
    /// The ship-to's code; empty for the customer's own address.
    pub code: String,
    /// The address that was asked, as one text.
    pub asked: String,
    /// What was found, as a stable word.
    pub verdict: String,
    /// What was found, as JSON.
    pub body: String,
    /// When (business time).
    pub checked_at: Timestamp,
    /// Who accepted the correction.
    pub accepted_by: Option<String>,
    /// When.
    pub accepted_at: Option<Timestamp>,
    /// What became of writing it; none while it waits. One that says so waits for its orders only.
    pub outcome: Option<String>,
    /// How often in a row writing it has failed in passing.
    pub tries: u32,
}

/// How an outcome begins whose ship-to is proven while its open orders are still to be changed.
pub(crate) const ORDERS_WAIT: &str = "written and read back; its open orders wait";

const COLUMNS: &str = "customer_key, ship_to_code, asked, verdict, body, checked_at, accepted_by, accepted_at, outcome, \
                       tries";

impl Store {
    /// Remembers what was found of an address. What was accepted of an earlier finding no longer counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_address_check(&self, site: &SiteName, row: &AddressCheckRow) -> Result<(), StoreError> {
        self.write("remember an address check", |transaction| async move {
            let transaction = &*transaction;
            let text = "INSERT INTO address_checks (site_id, customer_key, ship_to_code, asked, verdict, body, \
                        checked_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                        ON CONFLICT (site_id, customer_key, ship_to_code) DO UPDATE SET asked = excluded.asked, \
                        verdict = excluded.verdict, body = excluded.body, checked_at = excluded.checked_at, \
                        accepted_by = NULL, accepted_at = NULL, outcome = NULL, tries = 0, not_before = NULL";
            let values: Vec<Value> = vec![
                site.as_str().into(),
                row.customer.as_str().into(),
                row.code.as_str().into(),
                row.asked.as_str().into(),
                row.verdict.as_str().into(),
                row.body.as_str().into(),
                micros(row.checked_at).into(),
            ];
            let done = transaction.execute_raw(sql(transaction, text, values)).await;
            done.map_err(failed("remember an address check")).map(drop)
        })
        .await
    }

    /// Everything that was found, by customer and code.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn address_checks(&self, site: &SiteName) -> Result<Vec<AddressCheckRow>, StoreError> {
        self.address_checks_where(site, "").await
    }

    /// Corrections that were accepted and not, or not wholly, carried out yet, and that may be tried at `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accepted_corrections(
        &self,
        site: &SiteName,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<AddressCheckRow>, StoreError> {
        let open = format!(
            "AND accepted_at IS NOT NULL AND (outcome IS NULL OR outcome LIKE '{ORDERS_WAIT}%') \
             AND (not_before IS NULL OR not_before <= {})",
            micros(now)
        );
        let rows = self.address_checks_where(site, &open).await?;
        Ok(rows.into_iter().take(limit).collect())
    }

    /// Writing a correction failed in passing: it is not tried again before then, so that the others have their turn.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn postpone_correction(
        &self,
        site: &SiteName,
        row: &AddressCheckRow,
        not_before: Timestamp,
    ) -> Result<(), StoreError> {
        self.write("postpone a correction", |transaction| async move {
            let transaction = &*transaction;
            let text = "UPDATE address_checks SET tries = tries + 1, not_before = $4 \
                        WHERE site_id = $1 AND customer_key = $2 AND ship_to_code = $3 AND checked_at = $5";
            let values: Vec<Value> = vec![
                site.as_str().into(),
                row.customer.as_str().into(),
                row.code.as_str().into(),
                micros(not_before).into(),
                micros(row.checked_at).into(),
            ];
            let done = transaction.execute_raw(sql(transaction, text, values)).await;
            done.map_err(failed("postpone a correction")).map(drop)
        })
        .await
    }

    async fn address_checks_where(&self, site: &SiteName, condition: &str) -> Result<Vec<AddressCheckRow>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM address_checks WHERE site_id = $1 {condition} ORDER BY customer_key, ship_to_code"
        );
        let values: Vec<Value> = vec![site.as_str().into()];
        let db = &self.0.read;
        let rows = db.query_all_raw(sql(db, text, values)).await.map_err(failed("read address checks"))?;
        rows.iter().map(read).collect()
    }

    /// A person accepts the correction of an address; those not found corrected, and those accepted before
    /// that wait or were written, are left alone.
    /// Whether there was anything to accept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accept_correction(
        &self,
        site: &SiteName,
        (customer, code): (&str, &str),
        by: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write("accept a correction", |transaction| async move {
            let transaction = &*transaction;
            let text = "UPDATE address_checks SET accepted_by = $4, accepted_at = $5, outcome = NULL, tries = 0, \
                        not_before = NULL \
                        WHERE site_id = $1 AND customer_key = $2 AND ship_to_code = $3 AND verdict = 'corrected' \
                        AND (accepted_at IS NULL OR outcome LIKE 'not written%')";
            let values: Vec<Value> =
                vec![site.as_str().into(), customer.into(), code.into(), by.into(), micros(at).into()];
            let done = transaction.execute_raw(sql(transaction, text, values)).await;
            Ok(done.map_err(failed("accept a correction"))?.rows_affected() > 0)
        })
        .await
    }

    /// What became of a correction as it was accepted, in words; whether it still is. One that was checked or accepted
    /// anew meanwhile is another, and is left alone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_correction(
        &self,
        site: &SiteName,
        row: &AddressCheckRow,
        outcome: &str,
    ) -> Result<bool, StoreError> {
        let Some(accepted_at) = row.accepted_at else { return Ok(false) };
        self.write("settle a correction", |transaction| async move {
            let transaction = &*transaction;
            let text = "UPDATE address_checks SET outcome = $4 \
                        WHERE site_id = $1 AND customer_key = $2 AND ship_to_code = $3 \
                        AND asked = $5 AND accepted_at = $6 AND checked_at = $7";
            let values: Vec<Value> = vec![
                site.as_str().into(),
                row.customer.as_str().into(),
                row.code.as_str().into(),
                outcome.into(),
                row.asked.as_str().into(),
                micros(accepted_at).into(),
                micros(row.checked_at).into(),
            ];
            let done = transaction.execute_raw(sql(transaction, text, values)).await;
            Ok(done.map_err(failed("settle a correction"))?.rows_affected() > 0)
        })
        .await
    }

    /// Whether a label was, or may have been, bought for an order, and not voided: a change of the order comes too late.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn is_on_its_way(&self, site: &SiteName, order: &SalesOrderNumber) -> Result<bool, StoreError> {
        let text = "SELECT s.id FROM shipment_orders o JOIN shipments s ON s.site_id = o.site_id AND s.id = o.shipment_id \
                    WHERE o.site_id = $1 AND o.order_key = $2 \
                    AND s.stage IN ('booking', 'in_doubt', 'booked', 'delivered', 'ended') LIMIT 1";
        let values: Vec<Value> = vec![site.as_str().into(), order.canonical().into()];
        let db = &self.0.read;
        let row = db.query_one_raw(sql(db, text, values)).await.map_err(failed("look for an order's shipments"))?;
        Ok(row.is_some())
    }
}

fn read(row: &QueryResult) -> Result<AddressCheckRow, StoreError> {
    Ok(AddressCheckRow {
        customer: get(row, 0)?,
        code: get(row, 1)?,
        asked: get(row, 2)?,
        verdict: get(row, 3)?,
        body: get(row, 4)?,
        checked_at: time("checked", get(row, 5)?)?,
        accepted_by: get(row, 6)?,
        accepted_at: maybe_time("accepted", get(row, 7)?)?,
        outcome: get(row, 8)?,
        tries: counted("tries", get(row, 9)?)?,
    })
}
