//! SYSPRO's masters: stock codes, customers and suppliers, read in bulk and kept for a while.
//!
//! ```text
//! keys ─► store: young enough, and nothing that matters is missing ─► kept rows ─┐
//!            └─ the others ─► reader ─► kept anew ───────────────────────────────┴─► Row per key
//! ```
//!
//! Hundreds of documents share a few customers and stock codes, so a kept row saves most calls. How old one may be is a
//! setting per table. What people put right in SYSPRO is seen at once: a stock code without mass and a customer on hold
//! are asked about anew each time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::SignedDuration;
use shipment::number::canonical;
use syspro::Row;

use super::reader::{Question, Reader, Rows};
use crate::config::Reference;
use crate::remote::trouble::Trouble;
use crate::store::KeptRow;

/// A table whose rows are kept.
struct Master {
    table: &'static str,
    key: &'static str,
    /// What is read of it, beside the columns asked for.
    columns: &'static [&'static str],
    /// How old a kept row may be.
    age: fn(&Reference) -> SignedDuration,
    /// Whether a kept row is asked about anew however young it is.
    doubtful: fn(&BTreeMap<String, String>) -> bool,
}

const MASTERS: [Master; 3] = [
    Master {
        table: "InvMaster",
        key: "StockCode",
        columns: &["Description", "StockUom", "Mass", "Volume", "TariffCode", "CountryOfOrigin", "KitType"],
        age: |ages| ages.stock,
        doubtful: |row| text(row, "Mass").trim_matches(['0', '.', ' ']).is_empty(),
    },
    Master {
        table: "ArCustomer",
        key: "Customer",
        columns: &["Name", "Telephone", "Contact", "Email", "CustomerOnHold", "ShippingInstrs", "ShippingInstrsCod"],
        age: |ages| ages.customers,
        doubtful: |row| text(row, "CustomerOnHold").trim() == "Y",
    },
    Master {
        table: "ApSupplier",
        key: "Supplier",
        columns: &["SupplierName", "Telephone", "Contact", "Email", "Currency", "Nationality"],
        age: |ages| ages.suppliers,
        doubtful: |_| false,
    },
];

fn text<'a>(row: &'a BTreeMap<String, String>, column: &str) -> &'a str {
    row.get(column).map_or("", String::as_str)
}

impl Reader<'_> {
    /// Rows of a table by one column, each under its canonical key: kept ones where the table is a master and they are
    /// young enough, else read now. Where a key stands twice the first row counts.
    ///
    /// # Errors
    /// The reader's, and the store's.
    pub(crate) async fn by_key(
        &self,
        table: &str,
        key: &str,
        columns: &[&str],
        keys: &[String],
    ) -> Result<HashMap<String, Row>, Trouble> {
        let Some(master) = MASTERS.iter().find(|it| it.table == table && it.key == key) else {
            return self.read_by_key(table, key, columns, keys).await;
        };
        let wanted: BTreeSet<&str> = columns.iter().chain(master.columns).copied().filter(|it| *it != key).collect();
        let wanted: Vec<&str> = wanted.into_iter().collect();
        let mut rows = self.kept(master, &wanted, keys).await?;
        let missing: Vec<String> = keys.iter().filter(|it| !rows.contains_key(&canonical(it))).cloned().collect();
        let read = self.read_by_key(table, key, &wanted, &missing).await?;
        let to_keep: Vec<KeptRow> = read
            .iter()
            .map(|(key, row)| KeptRow {
                key: key.clone(),
                columns: wanted.iter().filter_map(|it| Some(((*it).to_owned(), row.raw(it)?.to_owned()))).collect(),
                read_at: self.now(),
            })
            .collect();
        self.store().keep_rows(&self.site().name, table, &to_keep).await?;
        rows.extend(read);
        Ok(rows)
    }

    async fn kept(&self, master: &Master, wanted: &[&str], keys: &[String]) -> Result<HashMap<String, Row>, Trouble> {
        let age = (master.age)(&self.site().reference);
        let asked: Vec<String> = keys.iter().map(|it| canonical(it)).collect();
        let kept = self.store().kept_rows(&self.site().name, master.table, &asked).await?;
        let young = kept.into_iter().filter(|it| {
            let is_young = self.now().duration_since(it.read_at) < age;
            is_young && !(master.doubtful)(&it.columns) && wanted.iter().all(|column| it.columns.contains_key(*column))
        });
        let row = |kept: KeptRow| {
            let mut row = Row::new();
            for (column, text) in &kept.columns {
                row.set(column, text.as_str());
            }
            row.set(master.key, kept.key.as_str());
            (kept.key, row)
        };
        Ok(young.map(row).collect())
    }

    async fn read_by_key(
        &self,
        table: &str,
        key: &str,
        columns: &[&str],
        keys: &[String],
    ) -> Result<HashMap<String, Row>, Trouble> {
        let whole = [key.to_owned()];
        let question =
            Question { table, key: &whole, columns: columns.to_vec(), rows: Rows::Keyed { column: key, keys } };
        let mut found = HashMap::new();
        for row in self.rows(&question).await? {
            if let Some(text) = row.get(key).filter(|it| !it.is_empty()) {
                found.entry(canonical(text)).or_insert(row);
            }
        }
        Ok(found)
    }
}
