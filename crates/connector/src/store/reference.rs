//! What is kept of SYSPRO's masters: stock codes, customers, ship-to addresses and suppliers, each row with its age.
//!
//! A kept row saves a call and decides nothing: whoever needs it says how old it may be, and an older one is read anew. A
//! lost table costs calls only. Rows are kept as the columns they came with, because sites name columns of their own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, Value};
use shipment::number::SiteName;

use super::column::{failed, get, json, micros, sql, time, tuples, written};
use super::{Store, StoreError};

/// How many rows one statement carries.
const CHUNK: usize = 400;

/// A row of a master table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRow {
    /// Its key, canonical.
    pub key: String,
    /// Its columns as they came.
    pub columns: BTreeMap<String, String>,
    /// When it was read (business time).
    pub read_at: Timestamp,
}

/// How much of a table is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTable {
    /// The table.
    pub table: String,
    /// Rows.
    pub rows: i64,
    /// When the oldest of them was read.
    pub oldest: Timestamp,
}

impl Store {
    /// The rows that are kept of these keys, however old.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn kept_rows(&self, site: &SiteName, table: &str, keys: &[String]) -> Result<Vec<KeptRow>, StoreError> {
        let mut found = Vec::new();
        for keys in keys.chunks(CHUNK) {
            let places: Vec<String> = (0..keys.len()).map(|at| format!("${}", at + 3)).collect();
            let text = format!(
                "SELECT row_key, body, read_at FROM reference_data WHERE site_id = $1 AND table_name = $2 \
                 AND row_key IN ({})",
                places.join(", ")
            );
            let mut values: Vec<Value> = vec![site.as_str().into(), table.into()];
            values.extend(keys.iter().map(|it| Value::from(it.as_str())));
            let db = &self.0.read;
            for row in db.query_all_raw(sql(db, text, values)).await.map_err(failed("read kept masters"))? {
                let body: String = get(&row, 1)?;
                let columns = serde_json::from_value(json("kept master", &body)?)
                    .map_err(|error| StoreError::Unreadable { what: "kept master", why: error.to_string() })?;
                found.push(KeptRow { key: get(&row, 0)?, columns, read_at: time("kept since", get(&row, 2)?)? });
            }
        }
        Ok(found)
    }

    /// Keeps rows that were just read, in the place of older ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_rows(&self, site: &SiteName, table: &str, rows: &[KeptRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write("keep masters", |transaction| async move {
            let transaction = &*transaction;
            for rows in rows.chunks(CHUNK) {
                // One statement may not touch a row twice.
                let distinct: BTreeMap<&str, &KeptRow> = rows.iter().map(|it| (it.key.as_str(), it)).collect();
                let text = format!(
                    "INSERT INTO reference_data (site_id, table_name, row_key, body, read_at) VALUES {} \
                     ON CONFLICT (site_id, table_name, row_key) DO UPDATE SET body = excluded.body, \
                     read_at = excluded.read_at",
                    tuples(0, distinct.len(), 5)
                );
                let mut values: Vec<Value> = Vec::with_capacity(distinct.len() * 5);
                for (key, row) in distinct {
                    let body = written(&row.columns);
                    values.extend([
                        site.as_str().into(),
                        table.into(),
                        key.into(),
                        body.into(),
                        micros(row.read_at).into(),
                    ]);
                }
                transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("keep masters"))?;
            }
            Ok(())
        })
        .await
    }

    /// How much is kept of each table, and how old it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn kept_tables(&self, site: &SiteName) -> Result<Vec<KeptTable>, StoreError> {
        let db = &self.0.read;
        let text = "SELECT table_name, COUNT(*), MIN(read_at) FROM reference_data WHERE site_id = $1 \
                    GROUP BY table_name ORDER BY table_name";
        let rows = db.query_all_raw(sql(db, text, vec![site.as_str().into()])).await;
        let rows = rows.map_err(failed("count kept masters"))?;
        let table =
            |row| Ok(KeptTable { table: get(row, 0)?, rows: get(row, 1)?, oldest: time("kept since", get(row, 2)?)? });
        rows.iter().map(table).collect()
    }
}
