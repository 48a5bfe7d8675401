//! Opening: one process at a time, durable, and careful with what is there already.

use sea_orm::{ConnectionTrait, Database, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager, async_trait};

use super::super::Taken;
use super::super::migration::Migrator;
use super::super::open::{DATABASE_FILE, check_durability, snapshot_name};
use super::*;

on_both!(leases_of_the_process_before_are_free, a_newer_database_is_left_alone);
on_both!(empty: shipments_from_before_know_their_orders_afterwards, labels_from_before_belong_to_the_attempt_that_bought_them);

/// What this program will look like after its next release.
struct NextRelease;

struct Weather;

impl MigrationName for Weather {
    fn name(&self) -> &str {
        "m29991231_000001_weather"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Weather {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("ALTER TABLE sites ADD COLUMN weather TEXT").await?;
        Ok(())
    }
}

impl MigratorTraitSelf for NextRelease {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = Migrator.migrations();
        migrations.push(Box::new(Weather));
        migrations
    }
}

async fn open_next_release(folder: &Path) -> Result<Store, StoreError> {
    Store::open_with(folder, Options::default(), &NextRelease).await
}

#[tokio::test]
async fn a_second_process_is_told_so() {
    let shelf = Shelf::set_up().await;
    let second = open(shelf.folder.path()).await.expect_err("it is open");
    assert!(matches!(second, StoreError::Busy { .. }), "{second}");
}

#[tokio::test]
async fn after_closing_the_folder_is_free_and_all_is_there() {
    let Shelf { folder, store, .. } = Shelf::set_up().await;
    let other_hand = store.clone();
    store.close().await;
    let late = other_hand.set_mode(&dayton(), "shadow", "anna", noon()).await;
    assert!(matches!(late, Err(StoreError::Closed)), "{late:?}");
    let store = open(folder.path()).await.expect("free");
    assert_eq!(store.sites().await.expect("read").len(), 1);
}

#[tokio::test]
async fn a_record_after_closing_is_refused_and_not_lost_silently() {
    let shelf = Shelf::set_up().await;
    shelf.shipment("dayton", "346/1").await;
    let row = shelf.claimed().await;
    shelf.store.clone().close().await;
    let refused = shelf.store.record(record(&row, "packed")).await;
    assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
}

async fn leases_of_the_process_before_are_free(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.shipment("dayton", "346/1").await;
    let before = shelf.claimed().await;
    let key = super::super::SessionKey { server: "erp".to_owned(), operator: "SHIP".to_owned() };
    let name = shelf.store.holder().to_owned();
    shelf.store.session_take(&key, &name, noon(), hours(1)).await.expect("taken");

    let Shelf { store, folder: _folder, .. } = shelf.opened_again().await;
    assert_eq!(store.in_flight(noon()).await.expect("counted"), 0);
    let after = store.claim_due(&ask(1)).await.expect("claimed").pop().expect("due");
    assert_eq!(after.epoch, before.epoch + 1);
    let taken = store.session_take(&key, store.holder(), noon(), hours(1)).await.expect("answered");
    assert!(matches!(taken, Taken::Yes(..)), "{taken:?}");
}

#[tokio::test]
async fn the_disk_has_what_was_answered() {
    let shelf = Shelf::set_up().await;
    let db = &shelf.store.0.write;
    check_durability(db).await.expect("FULL");
    db.execute_unprepared("PRAGMA synchronous = NORMAL").await.expect("set");
    let refused = check_durability(db).await.expect_err("not durable");
    assert!(matches!(refused, StoreError::NotDurable { .. }), "{refused}");
}

async fn a_newer_database_is_left_alone(on: On) {
    let folder = tempfile::tempdir().expect("a folder");
    Store::open_with(folder.path(), on.options(), &NextRelease).await.expect("opens").close().await;
    let refused = Store::open(folder.path(), on.options()).await.expect_err("newer");
    assert!(matches!(&refused, StoreError::Newer { migration } if migration.ends_with("weather")), "{refused}");
}

#[tokio::test]
async fn a_migration_finds_rows_and_leaves_a_copy_of_them() {
    let shelf = Shelf::set_up().await;
    shelf.shipment("dayton", "346/1").await;
    let Shelf { folder, store, .. } = shelf;
    store.close().await;

    let store = open_next_release(folder.path()).await.expect("migrated");
    assert_eq!(store.find(None, &"346/1".parse().expect("a number")).await.expect("found").len(), 1);
    let copy = folder.path().join(snapshot_name("m29991231_000001_weather"));
    let copy = Database::connect(format!("sqlite:{}?mode=ro", copy.display())).await.expect("a copy");
    let row = copy.query_one_raw(sql(&copy, "SELECT COUNT(*) FROM shipments", vec![])).await.expect("readable");
    assert_eq!(get::<i64>(&row.expect("a row"), 0).expect("a number"), 1);
    let weather = copy.query_one_raw(sql(&copy, "SELECT weather FROM sites", vec![])).await;
    assert!(weather.is_err(), "the copy was made before the migration");
}

/// What this program looked like before it remembered the orders of shipments.
struct FirstRelease;

impl MigratorTraitSelf for FirstRelease {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        Migrator.migrations().into_iter().take(1).collect()
    }
}

async fn shipments_from_before_know_their_orders_afterwards(on: On) {
    let folder = tempfile::tempdir().expect("a folder");
    let db = on.as_of(&FirstRelease, folder.path()).await;
    let made = "INSERT INTO sites VALUES ('dayton', 1, 'approve', 'test', FALSE, 0)";
    db.execute_unprepared(made).await.expect("inserted");
    let several = r#"{"state":{"Rated":{"document":{"sales_orders":["000000000000500","501"]}}}}"#;
    for (id, order, state) in [(1, "'000000000000500'", several), (2, "'00346'", "{}"), (3, "NULL", "{}")] {
        let text = format!(
            "INSERT INTO shipments VALUES ('dayton', {}, 'dispatch_notes', '{id}', '{id}', 1, {order}, NULL, \
             'rated', '', NULL, 0, 0, NULL, 0, 0, '{state}', 1, 'f', NULL, NULL, 0, 0)",
            on.id(id)
        );
        db.execute_unprepared(&text).await.expect("inserted");
    }
    db.close().await.expect("closed");

    let store = Store::open(folder.path(), on.options()).await.expect("migrated");
    let linked = async |order: &str| {
        let orders = [order.parse().expect("an order")];
        let invoice = "9001".parse().expect("a number");
        let found = store.linked(&dayton(), Source::Invoices, &invoice, &orders).await.expect("read");
        found.map(|it| it.0.as_u128())
    };
    assert_eq!([linked("500").await, linked("501").await, linked("346").await], [Some(1), Some(1), Some(2)]);
    assert_eq!(linked("502").await, None);
}

/// What this program looked like before labels were kept per attempt.
struct BeforeLabelsOfAttempts;

impl MigratorTraitSelf for BeforeLabelsOfAttempts {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        Migrator.migrations().into_iter().take_while(|it| it.name() != "m20261123_000006_labels").collect()
    }
}

async fn labels_from_before_belong_to_the_attempt_that_bought_them(on: On) {
    let folder = tempfile::tempdir().expect("a folder");
    let db = on.as_of(&BeforeLabelsOfAttempts, folder.path()).await;
    let made = "INSERT INTO sites VALUES ('dayton', 1, 'approve', 'test', FALSE, 0)";
    db.execute_unprepared(made).await.expect("inserted");
    for number in [1, 2, 3] {
        let (id, bytes) = (on.id(number), on.bytes("5E"));
        let shipment = format!(
            "INSERT INTO shipments VALUES ('dayton', {id}, 'dispatch_notes', '{number}', '{number}', 1, NULL, NULL, \
             'booked', '', NULL, 0, 0, NULL, 0, 0, '{{}}', 1, 'f', NULL, NULL, 0, 0)"
        );
        let label = format!("INSERT INTO labels VALUES ('dayton', {id}, 1, 'label', '1Z{number}', 'zpl', {bytes}, 5)");
        for text in [shipment, label] {
            db.execute_unprepared(&text).await.expect("inserted");
        }
    }
    let attempts =
        [(1, 1, "'not_booked'"), (1, 2, "'booked'"), (1, 3, "'in_doubt'"), (2, 1, "'in_doubt'"), (2, 2, "NULL")];
    for (number, attempt, outcome) in attempts {
        let id = on.id(number);
        let text = format!(
            "INSERT INTO attempts VALUES ('dayton', {id}, {attempt}, 'R{number}{attempt}', '', '', 0, {outcome}, \
             NULL, NULL, 0)"
        );
        db.execute_unprepared(&text).await.expect("inserted");
    }
    db.close().await.expect("closed");

    let store = Store::open(folder.path(), on.options()).await.expect("migrated");
    for (id, attempt) in [(1, 2), (2, 2), (3, 1)] {
        let shipment = ShipmentId(uuid::Uuid::from_u128(id));
        let labels = store.labels_of(&dayton(), shipment).await.expect("read");
        let kept: Vec<_> = labels.iter().map(|it| (it.label.attempt.0, it.label.tracking_number.as_str())).collect();
        assert_eq!(kept, [(attempt, format!("1Z{id}").as_str())]);
        assert_eq!(labels[0].label.bytes, b"^");
    }
}

#[tokio::test]
async fn a_new_database_needs_no_copy() {
    let folder = tempfile::tempdir().expect("a folder");
    open(folder.path()).await.expect("opens").close().await;
    open(folder.path()).await.expect("opens").close().await;
    let names: Vec<String> = std::fs::read_dir(folder.path())
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(names.iter().any(|name| name == DATABASE_FILE), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("before")), "{names:?}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_one_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("taken");
    std::fs::write(&file, "a file").expect("writable");
    let refused = open(&file).await.expect_err("not a folder");
    assert!(matches!(refused, StoreError::Folder { .. }), "{refused}");
    assert!(refused.to_string().contains("taken"), "{refused}");
}
