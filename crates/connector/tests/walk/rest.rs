//! The end of a walk: whatever was broken is mended, people tidy up, time runs on, and nothing may be left to do.

use anyhow::{bail, ensure};
use connector::config::{Mode, SecretName};
use connector::engine::wishes::Wish;
use connector::store::ShipmentRow;
use jiff::{SignedDuration, Timestamp};
use shipment::state::State;

use crate::people::{TRUST, life};
use crate::world::World;

/// Times that people tidy up; each hold of a shipment needs one, and a shipment that is held for ever is a defect.
const MOST_TIDYINGS: usize = 25;
/// So often something may be due again at once.
const MOST_STANDS: usize = 60;
/// Rounds until nothing is due; a parcel's way takes some dozens.
const MOST_ROUNDS: usize = 300;
/// After so much business time a walk that is still not at rest has gone wrong.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 60);
/// A poll that could not read is repeated after this, as `serve` does.
const POLL_AGAIN: SignedDuration = SignedDuration::from_mins(1);

impl World {
    pub(crate) async fn come_to_rest(&mut self) -> anyhow::Result<()> {
        self.mend_everything().await?;
        for _ in 0..MOST_TIDYINGS {
            self.until_quiet().await?;
            if !self.people_tidy_up().await? {
                return Ok(());
            }
        }
        bail!("after {MOST_TIDYINGS} times of tidying up there is still something for a person");
    }

    async fn mend_everything(&mut self) -> anyhow::Result<()> {
        self.note("everything is mended".to_owned());
        self.sandbox.faults().clear();
        if self.trouble.ups_is_shut {
            self.sandbox.reopen_ups().await;
        }
        if self.trouble.syspro_is_shut {
            self.sandbox.reopen_syspro().await;
        }
        self.trouble = crate::mishaps::Trouble::default();
        self.sandbox.ups().change(|it| {
            it.recovery_hidden = SignedDuration::ZERO;
            it.recovery_unready = SignedDuration::ZERO;
        });
        let known = self.sandbox.credentials();
        let syspro = self.sandbox.syspro();
        syspro.manners(|it| it.pretending = Vec::new());
        syspro.set_seats(10);
        for doc in &self.docs {
            for key in [&doc.number, &doc.order] {
                syspro.unlock(key);
            }
        }
        syspro.set_operator(known.syspro_operator, known.syspro_operator_password);
        self.leases_run_out().await?;
        self.lift(SecretName::SysproOperatorPassword).await?;
        self.lift(SecretName::UpsClientSecret).await
    }

    /// Goes on until nothing is due any more: delivered, held, at the desk.
    async fn until_quiet(&mut self) -> anyhow::Result<()> {
        let end = self.clock.now() + LONGEST;
        let mut stands = 0;
        for round in 0.. {
            let unread = self.round(false).await?;
            ensure!(
                round < MOST_ROUNDS,
                "after {MOST_ROUNDS} rounds there is still something to do; not read: {unread:?}"
            );
            let due = self.somebody().await?.next_step().await?;
            let now = self.clock.now();
            let unread = (!unread.is_empty()).then(|| now + POLL_AGAIN);
            let Some(next) = [due, unread].into_iter().flatten().min() else { break };
            ensure!(next <= end, "after {LONGEST:#} there is still something to do");
            stands = if next > now { 0 } else { stands + 1 };
            if stands == MOST_STANDS {
                bail!("something is due and stays due: {}", self.due_at(next).await?);
            }
            self.move_by(next.duration_since(now).max(SignedDuration::ZERO))?;
        }
        let in_hand = self.somebody().await?.store.in_flight(self.clock.real_now()).await?;
        ensure!(in_hand == 0, "{in_hand} shipments are in somebody's hand although nothing is due");
        Ok(())
    }

    fn tries_again(&mut self, row: &ShipmentRow) -> bool {
        let tries = self.retries.entry(row.id).or_default();
        *tries += 1;
        *tries <= 2
    }

    async fn due_at(&mut self, at: Timestamp) -> anyhow::Result<String> {
        let rows = self.shipments().await?;
        let due = rows.iter().filter(|it| it.due_at.is_some_and(|due| due <= at));
        let mut words: Vec<_> = due.map(|it| format!("{} ({}, lane {})", it.document, it.stage, it.lane)).collect();
        for node in &self.nodes {
            let away = node.app.site(&self.site).map(|it| it.outages());
            words.push(format!("node {} believes away: {away:?}", node.number));
        }
        Ok(words.join(", "))
    }

    /// Whatever waits for a person gets one who knows the truth. Says whether there was anything.
    async fn people_tidy_up(&mut self) -> anyhow::Result<bool> {
        let rows = self.shipments().await?;
        let mut wished = false;
        let mut at_the_desk = false;
        for row in rows {
            let state = life(&row)?.state;
            let wish = match &state {
                State::Held(_) => Wish::Release,
                State::Rated(_) if self.mode == Mode::Approve => Wish::Ship { bench: None },
                State::Booked(booked) => match booked.attention.first().map(|it| it.code()) {
                    // What SYSPRO still refuses, as of a note that is cancelled, is seen and left at that.
                    Some("write_back_refused") if self.tries_again(&row) => Wish::Retry,
                    Some(_) => Wish::Seen,
                    None => continue,
                },
                State::Desk(_) => {
                    if !at_the_desk {
                        // No earlier word counts.
                        self.move_by(TRUST)?;
                    }
                    (at_the_desk, wished) = (true, true);
                    self.somebody_decides(&row).await?;
                    continue;
                }
                _ => continue,
            };
            wished = true;
            self.wish(&row, &wish).await?;
        }
        Ok(wished)
    }
}
