//! The second migration: which sales orders a shipment fulfils, what is kept of SYSPRO's masters, and how far an address
//! book was checked.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};
use shipment::number::canonical;
use uuid::Uuid;

use super::super::column::{sql, tuples};
use super::dialect;

pub(super) struct Migration;

/// How many shipments are read at once.
const CHUNK: usize = 500;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000002_sources"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let backend = manager.get_database_backend();
        for text in TABLES {
            db.execute_unprepared(&dialect(backend, text)).await?;
        }
        orders_of_shipments(db, backend).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE shipment_orders (
        site_id TEXT NOT NULL,
        order_key TEXT NOT NULL,
        shipment_id {uuid} NOT NULL,
        PRIMARY KEY (site_id, order_key, shipment_id),
        FOREIGN KEY (site_id, shipment_id) REFERENCES shipments (site_id, id)
    )",
    "CREATE TABLE reference_data (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        table_name TEXT NOT NULL,
        row_key TEXT NOT NULL,
        body TEXT NOT NULL,
        read_at BIGINT NOT NULL,
        PRIMARY KEY (site_id, table_name, row_key)
    )",
    "CREATE TABLE address_checks (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        customer_key TEXT NOT NULL,
        ship_to_code TEXT NOT NULL,
        asked TEXT NOT NULL,
        verdict TEXT NOT NULL,
        body TEXT NOT NULL,
        checked_at BIGINT NOT NULL,
        accepted_by TEXT,
        accepted_at BIGINT,
        outcome TEXT,
        PRIMARY KEY (site_id, customer_key, ship_to_code)
    )",
];

/// Fills in what the shipments there are already say: their states name the orders.
async fn orders_of_shipments<C: ConnectionTrait>(db: &C, backend: DbBackend) -> Result<(), DbErr> {
    let mut after: Option<(String, Uuid)> = None;
    loop {
        let columns = "SELECT site_id, id, sales_order, state FROM shipments";
        let (text, values): (String, Vec<Value>) = match &after {
            None => (format!("{columns} ORDER BY site_id, id LIMIT {CHUNK}"), Vec::new()),
            Some((site, id)) => (
                format!(
                    "{columns} WHERE site_id > $1 OR (site_id = $1 AND id > $2) ORDER BY site_id, id LIMIT {CHUNK}"
                ),
                vec![site.as_str().into(), (*id).into()],
            ),
        };
        let rows = db.query_all_raw(sea_orm::Statement::from_sql_and_values(backend, text, values)).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some((last.try_get_by("site_id")?, last.try_get_by("id")?));
        for row in &rows {
            let (site, id): (String, Uuid) = (row.try_get_by("site_id")?, row.try_get_by("id")?);
            let orders = orders_of(row)?;
            if orders.is_empty() {
                continue;
            }
            let text = format!(
                "INSERT INTO shipment_orders (site_id, order_key, shipment_id) VALUES {} ON CONFLICT DO NOTHING",
                tuples(0, orders.len(), 3)
            );
            let values = orders.into_iter().flat_map(|order| [site.as_str().into(), order.into(), id.into()]);
            db.execute_raw(sql(db, text, values.collect())).await?;
        }
    }
}

/// The orders of a shipment: of its document as it stands in the state, else the one in its column.
fn orders_of(row: &QueryResult) -> Result<Vec<String>, DbErr> {
    let (order, state): (Option<String>, String) = (row.try_get_by("sales_order")?, row.try_get_by("state")?);
    let of_state = serde_json::from_str::<serde_json::Value>(&state).ok().as_ref().and_then(sales_orders);
    let mut orders: Vec<String> =
        of_state.unwrap_or_else(|| order.into_iter().collect()).iter().map(|it| canonical(it)).collect();
    orders.sort_unstable();
    orders.dedup();
    Ok(orders)
}

/// The first list of sales orders anywhere in a stored state: its shape is another program version's.
fn sales_orders(value: &serde_json::Value) -> Option<Vec<String>> {
    match value {
        serde_json::Value::Object(fields) => match fields.get("sales_orders").and_then(serde_json::Value::as_array) {
            Some(orders) => Some(orders.iter().filter_map(|it| it.as_str()).map(str::to_owned).collect()),
            None => fields.values().find_map(sales_orders),
        },
        serde_json::Value::Array(items) => items.iter().find_map(sales_orders),
        _ => None,
    }
}
