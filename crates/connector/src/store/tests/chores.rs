//! Chores: one at a time, once for all that was missed, fenced.

use super::*;
use crate::store::{ChoreAsk, ChoreEnd, ChoreKey, ChorePause, ChoreRow, ChoreTaken, Lease};

on_both!(
    a_chore_is_nobody_elses_while_it_runs,
    what_was_missed_is_one_run,
    an_end_after_the_lease_is_refused,
    a_node_that_leaves_lets_go,
    what_is_wanted_while_it_runs_is_run_after_it,
    a_paused_chore_rests_and_makes_up_for_it_once,
    another_plan_is_due_anew_and_the_same_is_left_alone,
    only_what_went_badly_is_tried_again
);

fn poll() -> ChoreKey {
    ChoreKey { site: dayton(), kind: "poll".to_owned(), subject: "invoices".to_owned() }
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn ask(now: Timestamp, holder: &str) -> ChoreAsk<'_> {
    // Real time is business time in these stories; what is said of leases is said of it.
    ChoreAsk { now, real_now: now, lease: minutes(2), holder }
}

fn end(at: Timestamp, next_due: Option<Timestamp>) -> ChoreEnd {
    ChoreEnd { at, next_due, well: true, words: "3 ready".to_owned() }
}

impl Shelf {
    async fn due_poll(&self) {
        self.store.ensure_chore(&poll(), "every 5m", 1, Some(noon())).await.expect("planned");
    }

    async fn claims(&self, now: Timestamp, holder: &str) -> Vec<ChoreRow> {
        self.store.claim_chores(&ask(now, holder), &[dayton()], 10).await.expect("claimed")
    }

    async fn poll_row(&self) -> ChoreRow {
        let mut rows = self.store.chores(Some(&dayton())).await.expect("read");
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }
}

async fn a_chore_is_nobody_elses_while_it_runs(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.due_poll().await;
    assert!(shelf.claims(noon() - minutes(1), "one").await.is_empty(), "it is not due yet");
    let mine = shelf.claims(noon(), "one").await.remove(0);
    assert_eq!((mine.key.clone(), mine.last_begun, mine.holder.as_deref()), (poll(), Some(noon()), Some("one")));
    assert!(shelf.claims(noon() + minutes(1), "two").await.is_empty());
    let taken = shelf.store.claim_chore(&ask(noon() + minutes(1), "two"), &poll()).await.expect("asked");
    assert_eq!(taken, ChoreTaken::Running { holder: "one".to_owned() });
    assert_eq!(shelf.store.next_chore_due(noon() + minutes(1), &[]).await.expect("asked"), None);

    assert!(shelf.store.chore_done(&mine, &end(noon() + minutes(1), Some(noon() + minutes(6)))).await.expect("ended"));
    let row = shelf.poll_row().await;
    assert_eq!(
        (row.due_at, row.last_ended, row.well),
        (Some(noon() + minutes(6)), Some(noon() + minutes(1)), Some(true))
    );
    assert_eq!((row.holder, row.lease_until, row.words.as_deref()), (None, None, Some("3 ready")));
}

async fn what_was_missed_is_one_run(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.due_poll().await;
    let late = noon() + hours(70);
    let row = shelf.claims(late, "one").await.remove(0);
    shelf.store.chore_done(&row, &end(late, Some(late + minutes(5)))).await.expect("ended");
    assert!(shelf.claims(late, "one").await.is_empty());
    assert_eq!(shelf.store.next_chore_due(late, &[]).await.expect("asked"), Some(late + minutes(5)));
    assert_eq!(shelf.store.next_chore_due(late, &["poll"]).await.expect("asked"), None, "but polls");
}

/// A node stands still past its lease: the next one runs the chore, and the end of the first is refused.
async fn an_end_after_the_lease_is_refused(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.due_poll().await;
    let first = shelf.claims(noon(), "one").await.remove(0);
    assert!(shelf.store.chore_renew(&first, Lease::of(noon() + minutes(1), minutes(3))).await.expect("renewed"));
    assert!(shelf.claims(noon() + minutes(3), "two").await.is_empty(), "the lease was renewed");
    let second = shelf.claims(noon() + minutes(4), "two").await.remove(0);
    assert!(second.epoch > first.epoch);
    assert!(!shelf.store.chore_renew(&first, Lease::of(noon(), hours(1))).await.expect("asked"));
    assert!(!shelf.store.chore_done(&first, &end(noon(), Some(noon() + hours(9)))).await.expect("asked"));
    assert_eq!(shelf.poll_row().await.holder.as_deref(), Some("two"));
    assert!(shelf.store.chore_done(&second, &end(noon() + minutes(5), None)).await.expect("ended"));
    assert_eq!(shelf.poll_row().await.due_at, None);
}

async fn a_node_that_leaves_lets_go(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.due_poll().await;
    let row = shelf.claims(noon(), "one").await.remove(0);
    shelf.store.chores_let_go("one").await.expect("let go");
    assert!(!shelf.store.chore_renew(&row, Lease::of(noon(), hours(1))).await.expect("asked"));
    assert_eq!(shelf.claims(noon(), "two").await.len(), 1);
}

async fn what_is_wanted_while_it_runs_is_run_after_it(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.due_poll().await;
    let row = shelf.claims(noon(), "one").await.remove(0);
    assert!(shelf.store.chore_run_now(&poll(), noon() + minutes(1)).await.expect("wanted"));
    shelf.store.chore_done(&row, &end(noon() + minutes(2), Some(noon() + hours(5)))).await.expect("ended");
    assert_eq!(shelf.poll_row().await.due_at, Some(noon() + minutes(2)));
    let row = shelf.claims(noon() + minutes(2), "one").await.remove(0);
    shelf.store.chore_done(&row, &end(noon() + minutes(3), Some(noon() + hours(5)))).await.expect("ended");
    assert_eq!(shelf.poll_row().await.due_at, Some(noon() + hours(5)));
}

async fn a_paused_chore_rests_and_makes_up_for_it_once(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.due_poll().await;
    let pause = ChorePause { at: noon(), by: "anna".to_owned(), why: "stock taking".to_owned() };
    shelf.store.chore_pause(&poll(), &pause).await.expect("paused");
    assert!(shelf.claims(noon() + hours(1), "one").await.is_empty());
    assert!(!shelf.store.chore_run_now(&poll(), noon()).await.expect("asked"));
    assert_eq!(shelf.store.next_chore_due(noon(), &[]).await.expect("asked"), None);
    let taken = shelf.store.claim_chore(&ask(noon(), "one"), &poll()).await.expect("asked");
    assert_eq!(taken, ChoreTaken::Paused(pause));
    assert!(shelf.store.chore_resume(&poll(), "anna", noon() + hours(2)).await.expect("resumed"));
    assert!(!shelf.store.chore_resume(&poll(), "anna", noon() + hours(2)).await.expect("asked"));
    assert_eq!(shelf.claims(noon() + hours(2), "one").await.len(), 1);
    let told = shelf.store.site_events(&dayton()).await.expect("read");
    let events: Vec<_> = told.iter().map(|it| it.event.as_str()).filter(|it| it.starts_with("chore")).collect();
    assert_eq!(events, ["chore_paused", "chore_resumed"]);
}

async fn another_plan_is_due_anew_and_the_same_is_left_alone(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.due_poll().await;
    shelf.store.ensure_chore(&poll(), "every 5m", 2, Some(noon() + hours(1))).await.expect("planned");
    assert_eq!(shelf.poll_row().await.due_at, Some(noon()));
    shelf.store.ensure_chore(&poll(), "cron 0 6 * * *", 3, Some(noon() + hours(18))).await.expect("planned");
    // A node that has not read the new settings yet changes nothing.
    shelf.store.ensure_chore(&poll(), "every 5m", 2, Some(noon())).await.expect("asked");
    shelf.store.forget_chore(&poll(), 2).await.expect("asked");
    let row = shelf.poll_row().await;
    assert_eq!((row.due_at, row.plan.as_str()), (Some(noon() + hours(18)), "cron 0 6 * * *"));
    shelf.store.forget_chore(&poll(), 3).await.expect("forgotten");
    assert!(shelf.store.chores(None).await.expect("read").is_empty());
    let unknown = shelf.store.claim_chore(&ask(noon(), "one"), &poll()).await.expect_err("there is none");
    assert_eq!(unknown.code(), "store_unknown");
}

async fn only_what_went_badly_is_tried_again(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.due_poll().await;
    let row = shelf.claims(noon(), "one").await.remove(0);
    let later = noon() + hours(6);
    shelf.store.chore_done(&row, &end(noon(), Some(later))).await.expect("ended");
    shelf.store.chores_try_again(&dayton(), "poll", noon() + minutes(1)).await.expect("wanted");
    assert_eq!(shelf.poll_row().await.due_at, Some(later));
    let taken = shelf.store.claim_chore(&ask(noon(), "one"), &poll()).await.expect("taken");
    let ChoreTaken::Yes(row) = taken else { panic!("{taken:?}") };
    let badly = ChoreEnd { well: false, ..end(noon(), Some(later)) };
    shelf.store.chore_done(&row, &badly).await.expect("ended");
    shelf.store.chores_try_again(&dayton(), "poll", noon() + minutes(1)).await.expect("wanted");
    assert_eq!(shelf.poll_row().await.due_at, Some(noon() + minutes(1)));
}
