//! How our types lie in columns: times as microseconds UTC, numbers as text, ids as UUIDs.
//!
//! Only five column types are used (UUID, TEXT, BIGINT, BOOLEAN, BLOB), because these mean the
//! same on SQLite and PostgreSQL.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use sea_orm::{ColIdx, ConnectionTrait, DbErr, QueryResult, Statement, TryGetable, Value};
use serde::Serialize;
use shipment::document::Source;

use super::StoreError;

/// A time as it is stored.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A time that may be missing, as it is stored.
pub(super) fn maybe_micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(micros)
}

/// A stored time. The last one there is means "never": in whole microseconds it is a little later than what can be read
/// back, so it is recognised instead.
pub(super) fn time(what: &'static str, micros: i64) -> Result<Timestamp, StoreError> {
    if micros == Timestamp::MAX.as_microsecond() {
        return Ok(Timestamp::MAX);
    }
    Timestamp::from_microsecond(micros).map_err(|error| StoreError::Unreadable { what, why: error.to_string() })
}

/// A stored time that may be missing.
pub(super) fn maybe_time(what: &'static str, micros: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    micros.map(|micros| time(what, micros)).transpose()
}

/// What is stored as JSON.
///
/// # Panics
/// Never for the types of this program, which always serialize; an empty text in the store would be worse.
pub(crate) fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a stored type can be written as JSON")
}

/// A stored text as the type it was written from.
pub(super) fn parsed<T>(what: &'static str, text: &str) -> Result<T, StoreError>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| StoreError::Unreadable { what, why: error.to_string() })
}

/// A stored text that may be missing.
pub(super) fn maybe_parsed<T>(what: &'static str, text: Option<&str>) -> Result<Option<T>, StoreError>
where
    T: FromStr,
    T::Err: Display,
{
    text.map(|text| parsed(what, text)).transpose()
}

/// A stored counting number.
pub(super) fn counted(what: &'static str, number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|error| StoreError::Unreadable { what, why: error.to_string() })
}

/// The stored name of a source.
pub(super) fn source(text: &str) -> Result<Source, StoreError> {
    Source::ALL
        .into_iter()
        .find(|source| source.code() == text)
        .ok_or_else(|| StoreError::Unreadable { what: "source", why: format!("{text:?} is none") })
}

/// A stored JSON text.
pub(super) fn json(what: &'static str, text: &str) -> Result<serde_json::Value, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable { what, why: error.to_string() })
}

/// A count of ours as a parameter.
pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A statement in the dialect of `db`; `$n` are its parameters on both databases.
pub(super) fn sql<C: ConnectionTrait>(db: &C, text: impl Into<String>, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), text, values)
}

/// `($1, $2), ($3, $4)` for `rows` rows of `columns` columns, counting on from `before`.
pub(super) fn tuples(before: usize, rows: usize, columns: usize) -> String {
    let tuple = |row: usize| {
        let first = before + row * columns + 1;
        let places: Vec<String> = (first..first + columns).map(|place| format!("${place}")).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(tuple).collect::<Vec<_>>().join(", ")
}

/// Reads one column of a row.
pub(super) fn get<T: TryGetable>(row: &QueryResult, column: impl ColIdx) -> Result<T, StoreError> {
    row.try_get_by(column).map_err(reading)
}

/// Turns a database error into ours, for `map_err`.
pub(super) fn failed(doing: &'static str) -> impl Fn(DbErr) -> StoreError {
    move |source| StoreError::Database { doing, source }
}

fn reading(source: DbErr) -> StoreError {
    StoreError::Database { doing: "read a row", source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_through() {
        assert_eq!(tuples(1, 2, 2), "($2, $3), ($4, $5)");
    }

    #[test]
    fn never_is_written_and_read_back() {
        assert_eq!(time("due", micros(Timestamp::MAX)).map_err(|error| error.code()), Ok(Timestamp::MAX));
    }

    #[test]
    fn a_time_outside_the_calendar_is_reported_and_not_bent() {
        assert_eq!(time("due", i64::MAX).map_err(|error| error.code()), Err("store_unreadable"));
    }
}
