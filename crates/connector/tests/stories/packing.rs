//! Packing: masses become packages, or the bench is asked.

use connector::engine::wishes::Wish;
use sandbox::Call;
use sandbox::world::stock::TOO_HEAVY;
use shipment::measure::Weight;
use shipment::packing::Bench;

use crate::dock::{Dock, note};

fn bench(weights: &[&str]) -> Wish {
    let packages = weights.iter().map(|it| it.parse::<Weight>().expect("a weight").into()).collect();
    Wish::Ship { bench: Some(Bench { packages }) }
}

async fn weights(dock: &Dock, document: &str) -> Vec<String> {
    dock.booked(document).await.rated.packed.packages.iter().map(|it| it.weight.to_string()).collect()
}

/// Four pumps of 27.25 lb do not go into one package of 70 lb: two packages, one shipment, two labels.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_heavy_order_becomes_several_packages() {
    let dock = Dock::open().await;
    dock.releases([note("700").of_order("500").line("PMP-1040", 4)]);
    dock.until_quiet().await;
    assert_eq!(weights(&dock, "700").await, ["54.5 lb", "54.5 lb"]);
    assert_eq!(dock.labels_bought(), 1, "one shipment");
    let ledger = dock.ledger();
    assert_eq!(ledger.labels.len(), 2, "two labels");
    assert_eq!(dock.labels_in_folder().len(), 2);
    assert_eq!(dock.tracking_in_syspro("700"), ledger.labels[0].tracking_number);
    assert_eq!(dock.field_in_syspro("700", "UserField2"), "2");
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// As many numbers as fit where the site wants them joined.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn several_numbers_share_a_field_where_the_site_wants_it() {
    let dock = Dock::set_up()
        .setting("write_back.many", "joined")
        .setting("write_back.tracking", "none")
        .setting("write_back.user_field_length", 40)
        .open()
        .await;
    dock.releases([note("700").of_order("500").line("PMP-1040", 4)]);
    dock.until_quiet().await;
    let numbers: Vec<String> = dock.ledger().labels.iter().map(|it| it.tracking_number.clone()).collect();
    assert_eq!(dock.form_in_syspro("500", "TRKNUM"), format!("{},{}", numbers[0], numbers[1]));
}

/// What is on back order stays; a kit's parent, a comment and a freight line weigh nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn only_goods_that_ship_now_are_weighed() {
    let dock = Dock::open().await;
    dock.releases([
        note("700").partial_line("VLV-1010", 10, 4).comment("call before delivery").freight(1_250),
        note("701").kit(1),
    ]);
    dock.until_quiet().await;
    assert_eq!(weights(&dock, "700").await, ["5.8 lb"]);
    // Two gate valves, four elbows, one roll of tape: 4.4 + 1.24 + 0.06.
    assert_eq!(weights(&dock, "701").await, ["5.7 lb"]);
}

/// Nobody has entered the mass: held with the stock code, and shipped with what the scale says.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_missing_mass_is_asked_for() {
    let dock = Dock::open().await;
    dock.releases([note("700").line("VLV-1010", 1).line("SWT-0020", 2)]);
    dock.until_quiet().await;
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "missing_mass");
    assert!(hold.words().contains("SWT-0020"), "{}", hold.words());

    dock.wishes("700", bench(&["9.5 lb"])).await;
    dock.until_quiet().await;
    assert_eq!(weights(&dock, "700").await, ["9.5 lb"]);
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// A site whose bench weighs everything SYSPRO does not: the note waits at the bench.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_bench_weighs_what_syspro_does_not() {
    let dock = Dock::set_up().setting("packing.missing_weight", "bench").open().await;
    dock.releases([note("700").line("SWT-0020", 2)]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "bench_weighs");
    dock.wishes("700", bench(&["3 lb", "4 lb"])).await;
    dock.until_quiet().await;
    assert_eq!(weights(&dock, "700").await, ["3 lb", "4 lb"]);
}

/// A site that reckons half a pound for what has no mass.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_default_stands_in_for_a_missing_mass_where_the_site_says_so() {
    let dock = Dock::set_up().setting("packing.missing_weight", "0.5 lb").open().await;
    dock.releases([note("700").line("SWT-0020", 3)]);
    dock.until_quiet().await;
    assert_eq!(weights(&dock, "700").await, ["1.5 lb"]);
}

/// A pump of 412 lb is no parcel.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn one_thing_too_heavy_for_a_parcel_is_held() {
    let dock = Dock::open().await;
    dock.releases([note("700").line(TOO_HEAVY, 1)]);
    dock.until_quiet().await;
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "overweight");
    assert!(hold.words().contains("412"), "{}", hold.words());
    assert_eq!(dock.asked(&Call::Rate), 0);
}

/// The bench types a weight UPS does not take: held again, not sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_weight_above_the_limit_from_the_bench_is_held() {
    let dock = Dock::open().await;
    dock.releases([note("700").line("SWT-0020", 3)]);
    dock.until_quiet().await;
    dock.wishes("700", bench(&["151 lb"])).await;
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "overweight");
    assert_eq!(dock.asked(&Call::Ship), 0);
}

/// Everything is on back order: there is nothing to ship.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_with_nothing_to_ship_is_held() {
    let dock = Dock::open().await;
    dock.releases([note("700").partial_line("VLV-1010", 5, 0), note("701").comment("nothing but words")]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "no_lines");
    assert_eq!(dock.held_because("701").await, "no_lines");
}
