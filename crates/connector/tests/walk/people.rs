//! What people here wish: of any shipment, at any time, whether or not it can follow. A wish that may not follow is
//! answered in the audit trail; what must never follow from one is judged like everything else.

use connector::engine::life::Life;
use connector::engine::wishes::Wish;
use connector::store::ShipmentRow;
use jiff::SignedDuration;
use shipment::number::TrackingNumber;
use shipment::state::State;

use crate::world::World;

/// UPS cannot be working on a booking any longer than this.
pub(crate) const TRUST: SignedDuration = SignedDuration::from_hours(1);

/// A shipment's state, read as the engine reads it.
pub(crate) fn life(row: &ShipmentRow) -> anyhow::Result<Life> {
    Life::read(&row.state).map_err(|error| anyhow::anyhow!("the state of {} cannot be read: {error}", row.document))
}

impl World {
    /// One wish for one shipment.
    pub(crate) async fn somebody_wishes_something(&mut self) -> anyhow::Result<()> {
        let rows = self.shipments().await?;
        if rows.is_empty() {
            return Ok(());
        }
        let row = rows[self.dice.usize(0..rows.len())].clone();
        let wish = match self.dice.u8(0..24) {
            0..=1 => Wish::Hold,
            2..=5 => Wish::Release,
            6..=7 => Wish::Retry,
            8 => Wish::Reread,
            9..=12 => Wish::Ship { bench: None },
            13 => Wish::Print,
            14..=15 => Wish::Void { restart: false },
            16..=18 => Wish::Void { restart: true },
            19 => Wish::Withdraw,
            20 => Wish::Seen,
            21..=22 => return self.somebody_decides(&row).await,
            _ => match self.any_number() {
                Some(number) => Wish::Adopt { number },
                None => Wish::Absent,
            },
        };
        // Whoever says "it does not exist" without having looked would buy a second label; nobody is protected from that.
        if wish == Wish::Absent && self.may_exist(&row)? {
            return Ok(());
        }
        self.wish(&row, &wish).await
    }

    /// Somebody looks the shipment at the in-doubt desk up on ups.com and says what is there.
    pub(crate) async fn somebody_decides(&mut self, row: &ShipmentRow) -> anyhow::Result<()> {
        let State::Desk(booking) = life(row)?.state else { return Ok(()) };
        let reference = booking.attempt.reference.to_string();
        let ledger = self.sandbox.ledger();
        let standing =
            ledger.labels_for(&reference).into_iter().find(|it| !it.voided).map(|it| it.tracking_number.clone());
        match standing {
            Some(number) => self.wish(row, &Wish::Adopt { number: number.parse()? }).await,
            None => self.wish(row, &Wish::Absent).await,
        }
    }

    /// Any label's number, of whatever shipment: people misread.
    fn any_number(&mut self) -> Option<TrackingNumber> {
        let labels = self.sandbox.ledger().labels;
        if labels.is_empty() {
            return None;
        }
        labels[self.dice.usize(0..labels.len())].tracking_number.parse().ok()
    }

    fn may_exist(&self, row: &ShipmentRow) -> anyhow::Result<bool> {
        let (State::Desk(booking) | State::Booking(booking)) = life(row)?.state else { return Ok(false) };
        let reference = booking.attempt.reference.to_string();
        Ok(self.sandbox.ledger().labels_for(&reference).iter().any(|it| !it.voided))
    }

    pub(crate) async fn wish(&mut self, row: &ShipmentRow, wish: &Wish) -> anyhow::Result<()> {
        let app = self.somebody().await?;
        self.note(format!("ann wishes of {}, {}: {wish:?}", row.document, row.stage));
        self.tally.wishes += 1;
        app.wish(&row.site, row.id, wish, "ann", "because").await?;
        if let Some(doc) = self.docs.iter_mut().find(|it| it.number == row.document.as_str()) {
            match wish {
                Wish::Withdraw => doc.withdrawn = true,
                Wish::Void { restart: false } => doc.voided = true,
                _ => {}
            }
        }
        Ok(())
    }
}
