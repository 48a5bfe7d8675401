//! PostgreSQL, for several nodes: where it is, how it is reached, and whether it keeps what it answers.
//!
//! ```text
//! postgres://user@host/database ─► DatabaseUrl ─► connections ─► synchronous_commit, fsync on? ─► Store
//!                                     │ shown without its password, always
//! ```
//!
//! What is known of the database goes by transactions alone: no advisory lock, no session state, so that a connection
//! may break at any time and the next one be another server's after a failover. What a dead connection left open ends
//! by the server's own clock (`idle_in_transaction_session_timeout`), or its locks would wait for a node that is gone.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, SqlxPostgresConnector};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection as _, Executor as _, PgPool, Row as _};

use crate::store::column::{failed, get, sql};
use crate::store::{StoreError, transaction};

/// What may follow the `?` of an address. Anything else is refused, because it might be a secret that was misspelt and
/// would be passed over.
const KNOWN: &[&str] = &[
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "statement-cache-capacity",
];

/// What a connection asks of the server, unless the address says `options=` itself.
const SETTINGS: [(&str, &str); 3] = [
    // A node that died in the middle of a transaction must not keep its locks.
    ("idle_in_transaction_session_timeout", "60s"),
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
];

/// A connection that was idle for longer is tried before it is used.
const UNTRIED: Duration = Duration::from_secs(3);
/// How long a connection is waited for.
const ACQUIRE: Duration = Duration::from_secs(10);

/// Where a PostgreSQL database is. Shown and logged without its password.
#[derive(Clone)]
pub struct DatabaseUrl {
    options: PgConnectOptions,
    /// Whether the server is told [`SETTINGS`].
    settings: bool,
}

impl DatabaseUrl {
    /// Reads an address like `postgres://user@host:5432/database?sslmode=verify-full&sslrootcert=/etc/ca.pem`, or
    /// `postgres:///database?host=/var/run/postgresql` for a Unix socket. What is not said comes from PostgreSQL's own
    /// environment (`PGHOST`, `PGUSER`, `PGPASSWORD`, `PGPASSFILE`, `PGSSLMODE`).
    ///
    /// A server on another machine must prove who it is (`verify-full`), unless `sslmode` says otherwise.
    ///
    /// # Errors
    /// [`StoreError::Url`], which never repeats the address.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let wrong = |why: &str| StoreError::Url { why: why.to_owned() };
        let (scheme, rest) = url.trim().split_once("://").ok_or_else(|| wrong("it has no postgres:// in front"))?;
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(wrong("only postgres:// is known; SQLite needs no address, it is in the data directory"));
        }
        let keys: Vec<&str> = rest
            .split_once('?')
            .map(|(_, query)| {
                query.split('&').filter(|it| !it.is_empty()).map(|it| it.split('=').next().unwrap_or(it)).collect()
            })
            .unwrap_or_default();
        if keys.iter().any(|key| !KNOWN.contains(key)) {
            return Err(StoreError::Url { why: format!("after the ? only these are known: {}", KNOWN.join(", ")) });
        }
        // The parser's own words may hold a part of the address.
        let options: PgConnectOptions = url.trim().parse().map_err(|_| wrong("it cannot be read"))?;
        let said = keys.contains(&"sslmode") || std::env::var_os("PGSSLMODE").is_some();
        let options = match (said, is_here(&options)) {
            (true, _) => options,
            (false, true) => options.ssl_mode(PgSslMode::Prefer),
            (false, false) => options.ssl_mode(PgSslMode::VerifyFull),
        };
        let settings = options.get_options().is_none();
        Ok(Self { options, settings })
    }

    /// With what a connection asks of the server.
    fn settled(&self) -> PgConnectOptions {
        let mut options = self.options.clone().disable_statement_logging();
        if options.get_application_name().is_none() {
            options = options.application_name("ml-connector");
        }
        if self.settings { options.options(SETTINGS) } else { options }
    }

    fn shown(&self) -> String {
        let options = &self.options;
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        match options.get_socket().map(PathBuf::as_path).or_else(|| socket_folder(options)) {
            Some(socket) => format!("postgres database {database} at {}", socket.display()),
            None => format!("postgres database {database} at {}:{}", options.get_host(), options.get_port()),
        }
    }
}

/// A Unix socket or the loopback address: nobody else listens in between.
fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let loopback = host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback());
    options.get_socket().is_some() || socket_folder(options).is_some() || host == "localhost" || loopback
}

fn socket_folder(options: &PgConnectOptions) -> Option<&Path> {
    options.get_host().starts_with('/').then(|| Path::new(options.get_host()))
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({})", self.shown())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

/// Connections, each of which was seen to be durable when it was made.
pub(super) fn connect(url: &DatabaseUrl, connections: u32) -> DatabaseConnection {
    let pool = PgPoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .before_acquire(|connection, now| {
            Box::pin(async move {
                if now.idle_for > UNTRIED {
                    connection.ping().await?;
                }
                Ok(!connection.is_in_transaction())
            })
        })
        // A role or a server may be given other settings while we run: they hold from the next connection on.
        .after_connect(|connection, _| {
            Box::pin(async move {
                let row = connection.fetch_one(DURABLE).await?;
                match fault(row.try_get::<&str, _>(0)?, row.try_get::<&str, _>(1)?) {
                    None => Ok(()),
                    Some(what) => Err(sqlx::Error::Configuration(what.into())),
                }
            })
        })
        .connect_lazy_with(url.settled());
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
}

/// Two connections beside the others, for hints: one to tell, one to hear. Nothing that has to last goes through them.
pub(super) fn apart(url: &DatabaseUrl) -> PgPool {
    PgPoolOptions::new().max_connections(2).acquire_timeout(ACQUIRE).connect_lazy_with(url.settled())
}

const DURABLE: &str = "SELECT current_setting('synchronous_commit'), current_setting('fsync')";

/// Refuses a server that answers before its disk has the data. The check is made on a connection without the pool's own
/// check, which would only try again and again.
pub(in crate::store) async fn check_durability(url: &DatabaseUrl) -> Result<(), StoreError> {
    let refused = |error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)));
    let mut connection = url.options.connect().await.map_err(refused).map_err(failed("open"))?;
    let row = connection.fetch_one(DURABLE).await.map_err(refused).map_err(failed("read its settings"))?;
    let settings = (row.try_get(0), row.try_get(1));
    // It answered; how it takes our leave does not matter.
    let _ = connection.close().await;
    match settings {
        (Ok::<String, _>(commit), Ok::<String, _>(fsync)) => {
            fault(&commit, &fsync).map_or(Ok(()), |what| Err(StoreError::NotDurable { what }))
        }
        _ => Err(StoreError::NotDurable { what: "the server does not say how it commits".to_owned() }),
    }
}

/// `remote_apply` waits for more than `on` does; all others for less.
fn fault(synchronous_commit: &str, fsync: &str) -> Option<String> {
    if !matches!(synchronous_commit, "on" | "remote_apply") {
        return Some(format!(
            "synchronous_commit is {synchronous_commit}, not on; as its owner: ALTER DATABASE … SET synchronous_commit = on"
        ));
    }
    (fsync != "on").then(|| format!("fsync is {fsync}, not on; set it in postgresql.conf"))
}

/// Frees what a process before us held under our name: it has let the data directory go, so it is gone.
pub(super) async fn free_leases(db: &DatabaseConnection, holder: &str) -> Result<(), StoreError> {
    let doing = "free the leases";
    let transaction = transaction::begin(db).await.map_err(failed(doing))?;
    for text in [
        "UPDATE shipments SET lease_until = NULL WHERE lease_until IS NOT NULL AND holder = $1",
        "UPDATE operator_sessions SET lease_until = NULL WHERE lease_until IS NOT NULL AND holder = $1",
        "UPDATE chores SET holder = NULL, lease_until = NULL WHERE lease_until IS NOT NULL AND holder = $1",
    ] {
        transaction.execute_raw(sql(&transaction, text, vec![holder.into()])).await.map_err(failed(doing))?;
    }
    transaction.commit().await.map_err(failed(doing))
}

/// The server's version, for `doctor`.
pub(in crate::store) async fn version(db: &DatabaseConnection) -> Result<String, StoreError> {
    let doing = "tell its version";
    let row = db.query_one_raw(sql(db, "SHOW server_version", vec![])).await.map_err(failed(doing))?;
    row.map_or_else(|| Ok(String::new()), |row| get(&row, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let url = DatabaseUrl::parse("postgres://anna:geheim@db.example.com:6432/shipping?sslmode=require");
        let url = url.expect("an address");
        assert_eq!(url.to_string(), "postgres database shipping at db.example.com:6432");
        assert!(!format!("{url:?}").contains("geheim"));
        let socket = DatabaseUrl::parse("postgres:///shipping?host=/run/postgresql&user=anna&password=geheim");
        assert_eq!(socket.expect("an address").to_string(), "postgres database shipping at /run/postgresql");
    }

    #[test]
    fn a_wrong_address_is_refused_without_repeating_it() {
        for wrong in [
            "anna:geheim@db",
            "mysql://anna:geheim@db/shipping",
            "postgres://anna:geheim@db:port/shipping",
            "postgres://anna@db/shipping?passwort=geheim",
            "postgres://anna:geheim@db/shipping?sslmode=maybe",
        ] {
            let refused = DatabaseUrl::parse(wrong).expect_err(wrong);
            let words = format!("{refused} {refused:?}");
            assert!(matches!(refused, StoreError::Url { .. }) && !words.contains("geheim"), "{words}");
        }
    }

    #[test]
    fn a_server_elsewhere_has_to_prove_who_it_is() {
        let mode = |url: &str| DatabaseUrl::parse(url).expect("an address").options.get_ssl_mode();
        assert!(matches!(mode("postgres://db.example.com/shipping"), PgSslMode::VerifyFull));
        assert!(matches!(mode("postgres://db.example.com/shipping?sslmode=disable"), PgSslMode::Disable));
        for here in ["postgres://localhost/shipping", "postgres://127.0.0.1/shipping", "postgres:///x?host=/run"] {
            assert!(matches!(mode(here), PgSslMode::Prefer), "{here}");
        }
    }
}
