//! What UPS tells by itself: taken in at once, heard once, whoever reads it; and the packages it is about.

use futures_util::future::join_all;
use shipment::number::TrackingNumber;
use shipment::tracking::Feed;

use super::super::{Heard, HeardScan, News, ParcelRow, QuantumPlace, ScanRow, Subscription, Tally};
use super::*;

on_both!(
    calls_that_come_together_are_all_taken_in,
    a_call_is_heard_once_however_often_it_is_read,
    a_feed_that_tells_again_is_counted_and_wakes_nobody,
    the_place_in_the_files_moves_with_what_they_told,
    packages_are_followed_from_their_booking_to_their_end,
    a_subscription_is_claimed_once_and_renewed_in_time
);

const NUMBER: &str = "1Z12345E0205271688";

fn number() -> TrackingNumber {
    NUMBER.parse().expect("a number")
}

fn scan(identity: &str, body: &str) -> ScanRow {
    ScanRow {
        tracking_number: number(),
        identity: identity.to_owned(),
        at: noon(),
        body: body.to_owned(),
        feed: Feed::TrackAlert,
        heard_at: Some(noon()),
        raw: Some(b"{}".to_vec()),
    }
}

impl Shelf {
    /// A shipment with one package that is followed, or no longer.
    async fn with_parcel(&self, followed: bool) -> ShipmentId {
        let id = self.shipment("dayton", "1").await;
        let row = self.claimed().await;
        let parcels = vec![ParcelRow { tracking_number: number(), followed }];
        self.store.record(Record { parcels, ..record(&row, "booked") }).await.expect("recorded");
        id
    }

    async fn hears(&self, feed: Feed, calls: &[uuid::Uuid], scans: &[HeardScan]) -> News {
        let heard = Heard {
            site: &dayton(),
            feed,
            at: noon(),
            calls,
            scans,
            tally: Tally { others: 1, ..Tally::default() },
            files: &[],
            place: None,
        };
        self.store.hear(&heard).await.expect("heard")
    }
}

async fn calls_that_come_together_are_all_taken_in(on: On) {
    let shelf = Shelf::on(on).await;
    let site = &dayton();
    let calls = (0..200_u32).map(|at| shelf.store.take_in(site, at.to_be_bytes().to_vec(), noon()));
    assert!(join_all(calls).await.into_iter().all(|done| done.is_ok()));
    let rows = shelf.store.inbox(site, 500).await.expect("read");
    let mut bodies: Vec<Vec<u8>> = rows.into_iter().map(|row| row.body).collect();
    bodies.sort();
    assert_eq!(bodies, (0..200_u32).map(|at| at.to_be_bytes().to_vec()).collect::<Vec<_>>());
}

async fn a_call_is_heard_once_however_often_it_is_read(on: On) {
    let shelf = Shelf::on(on).await;
    let shipment = shelf.with_parcel(true).await;
    shelf.store.take_in(&dayton(), b"{}".to_vec(), noon()).await.expect("taken in");
    let call = shelf.store.inbox(&dayton(), 10).await.expect("read").pop().expect("a call").id;
    let heard = HeardScan { call: Some(call), shipment, scan: scan("a", "{\"n\":1}") };
    let first = shelf.hears(Feed::TrackAlert, &[call], std::slice::from_ref(&heard)).await;
    assert_eq!((first.new, first.shipments.len()), (1, 1));
    // A second node had read the same row.
    let second = shelf.hears(Feed::TrackAlert, &[call], &[heard]).await;
    assert_eq!(second, News::default());
    assert!(shelf.store.inbox(&dayton(), 10).await.expect("read").is_empty());
    let feed = shelf.store.feeds(&dayton()).await.expect("read").pop().expect("a feed");
    assert_eq!((feed.events, feed.again, feed.others), (1, 0, 1));
    // The shipment learns of it by a wish that is gone once it is heeded.
    let row = shelf.claimed().await;
    assert_eq!(row.wishes.iter().map(|it| it.kind.as_str()).collect::<Vec<_>>(), ["heard"]);
    let wishes_done = vec![(row.wishes[0].id, noon())];
    shelf.store.record(Record { wishes_done, ..record(&row, "booked") }).await.expect("recorded");
    assert!(shelf.store.wishes_of(&dayton(), shipment).await.expect("read").is_empty());
}

async fn a_feed_that_tells_again_is_counted_and_wakes_nobody(on: On) {
    let shelf = Shelf::on(on).await;
    let shipment = shelf.with_parcel(true).await;
    let told = |body: &str| HeardScan { call: None, shipment, scan: scan("a", body) };
    assert_eq!(shelf.hears(Feed::QuantumView, &[], &[told("{\"n\":1}")]).await.new, 1);
    let again = shelf.hears(Feed::QuantumView, &[], &[told("{\"n\":1}")]).await;
    assert_eq!((again.new, again.again, again.shipments.len()), (0, 1, 0));
    let otherwise = shelf.hears(Feed::QuantumView, &[], &[told("{\"n\":2}")]).await;
    assert_eq!(otherwise.new, 1, "the same scan with more in it is news");
    let kept = shelf.store.scans_of(&dayton(), shipment).await.expect("read");
    assert_eq!(kept.iter().map(|it| it.body.as_str()).collect::<Vec<_>>(), ["{\"n\":2}"]);
    shelf.store.say_of_feed(&dayton(), Feed::QuantumView, Some("no subscription")).await.expect("said");
    let feed = shelf.store.feeds(&dayton()).await.expect("read").pop().expect("a feed");
    assert_eq!((feed.events, feed.again, feed.words.as_deref()), (2, 1, Some("no subscription")));
}

async fn the_place_in_the_files_moves_with_what_they_told(on: On) {
    let shelf = Shelf::on(on).await;
    assert_eq!(shelf.store.quantum_place(&dayton()).await.expect("read"), QuantumPlace::default());
    let halfway =
        QuantumPlace { read_until: None, range: Some((noon(), noon() + hours(3), Some("a bookmark".to_owned()))) };
    let done = QuantumPlace { read_until: Some(noon() + hours(3)), range: None };
    for place in [&halfway, &done] {
        let heard = Heard {
            site: &dayton(),
            feed: Feed::QuantumView,
            at: noon(),
            calls: &[],
            scans: &[],
            tally: Tally::default(),
            files: &[("260914_140000001".to_owned(), 3)],
            place: Some(place),
        };
        shelf.store.hear(&heard).await.expect("heard");
        assert_eq!(shelf.store.quantum_place(&dayton()).await.expect("read"), *place);
    }
    let files = shelf.store.files_read(&dayton()).await.expect("read");
    assert_eq!(files.into_iter().collect::<Vec<_>>(), [("260914_140000001".to_owned(), 3)]);
}

async fn packages_are_followed_from_their_booking_to_their_end(on: On) {
    let shelf = Shelf::on(on).await;
    let shipment = shelf.with_parcel(true).await;
    let owners = shelf.store.owners_of(&dayton(), &[NUMBER.to_owned(), "1Z99".to_owned()]).await.expect("read");
    assert_eq!(owners.into_iter().collect::<Vec<_>>(), [(NUMBER.to_owned(), shipment)]);
    assert!(shelf.store.next_subscription(&dayton()).await.expect("read").is_some());
    for (followed, expected) in [(false, false), (true, true)] {
        shelf.store.wake(&dayton(), shipment, noon()).await.expect("woken");
        let row = shelf.claimed().await;
        let parcels = vec![ParcelRow { tracking_number: number(), followed }];
        shelf.store.record(Record { parcels, ..record(&row, "booked") }).await.expect("recorded");
        let due = shelf.store.next_subscription(&dayton()).await.expect("read");
        assert_eq!(due.is_some(), expected, "one that comes back is subscribed again");
    }
}

async fn a_subscription_is_claimed_once_and_renewed_in_time(on: On) {
    let shelf = Shelf::on(on).await;
    let shipment = shelf.with_parcel(true).await;
    let claim = async |real_now| shelf.store.claim_subscriptions(&dayton(), noon() + hours(1), real_now, 100).await;
    let due = claim(noon()).await.expect("claimed");
    assert_eq!(due.iter().map(|it| it.shipment).collect::<Vec<_>>(), [shipment]);
    assert!(claim(noon()).await.expect("claimed").is_empty(), "somebody has it in hand");
    assert_eq!(claim(noon() + hours(1)).await.expect("claimed").len(), 1, "and died");

    let later = Subscription::Later { at: noon() + hours(2), words: "429".to_owned() };
    shelf.store.subscriptions_done(&dayton(), &[(number(), later)]).await.expect("done");
    assert_eq!(shelf.store.next_subscription(&dayton()).await.expect("read"), Some(noon() + hours(2)));
    let taken = Subscription::Taken { until: noon() + hours(336), renew_at: noon() + hours(240) };
    shelf.store.subscriptions_done(&dayton(), &[(number(), taken)]).await.expect("done");
    assert_eq!(shelf.store.next_subscription(&dayton()).await.expect("read"), Some(noon() + hours(240)));
    let since = async |now| shelf.store.subscribed_since(&dayton(), shipment, now).await.expect("read");
    assert_eq!((since(noon()).await, since(noon() + hours(337)).await), (Some(noon()), None));
    let counted = shelf.store.subscribed(&dayton(), noon()).await.expect("read");
    assert_eq!((counted.followed, counted.subscribed, counted.ended, counted.ending), (1, 1, 0, 0));
    let counted = shelf.store.subscribed(&dayton(), noon() + hours(330)).await.expect("read");
    assert_eq!((counted.subscribed, counted.ending), (1, 1));

    shelf.store.subscribe_anew(&dayton(), noon()).await.expect("anew");
    assert_eq!(shelf.store.next_subscription(&dayton()).await.expect("read"), Some(noon()));
    let refused = Subscription::Refused { words: "no number of UPS's".to_owned() };
    shelf.store.subscriptions_done(&dayton(), &[(number(), refused)]).await.expect("done");
    assert_eq!(shelf.store.next_subscription(&dayton()).await.expect("read"), None);
    assert_eq!(shelf.store.subscribed(&dayton(), noon()).await.expect("read").refused, 1);
}
