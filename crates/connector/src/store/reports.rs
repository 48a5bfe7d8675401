//! Reading: what stands in the store, for people, lists and proofs. Nothing here changes a row.
//!
//! Lists go by keyset: the caller gives the last row it has seen, and a page deep in the past
//! costs what the first one costs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};
use shipment::document::Source;
use shipment::number::{AttemptNumber, DocumentNumber, Reference, ReleaseNumber, ShipmentId, SiteName, TrackingNumber};

use super::column::{counted, failed, get, json, maybe_parsed, maybe_time, micros, parsed, source, sql, time};
use super::record::{LabelRow, NewAcceptedAddress, Outcome, ScanRow, remember};
use super::{Store, StoreError, entity};

/// A shipment as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct ShipmentRow {
    /// Whose it is.
    pub site: SiteName,
    /// Which it is.
    pub id: ShipmentId,
    /// Where its document was read.
    pub source: Source,
    /// Its document, as read.
    pub document: DocumentNumber,
    /// Which release of the document.
    pub release: ReleaseNumber,
    /// Its sales order.
    pub sales_order: Option<String>,
    /// Its customer.
    pub customer: Option<String>,
    /// The name of its state.
    pub stage: String,
    /// Where its next step waits.
    pub lane: String,
    /// When its next step is due (business time).
    pub due_at: Option<Timestamp>,
    /// Until when somebody has it in hand (real time).
    pub lease_until: Option<Timestamp>,
    /// Tries of the step in hand.
    pub tries: i64,
    /// The number of its last audit line.
    pub seq: i64,
    /// Its state as JSON.
    pub state: String,
    /// The settings it was read under.
    pub settings_version: i64,
    /// The fingerprint of its document.
    pub fingerprint: String,
    /// Why it is held.
    pub hold_code: Option<String>,
    /// Its leading tracking number.
    pub tracking_number: Option<TrackingNumber>,
    /// When it was received (business time).
    pub created_at: Timestamp,
    /// When it was last recorded (business time).
    pub updated_at: Timestamp,
}

/// An attempt as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Of which shipment.
    pub shipment: ShipmentId,
    /// Which try.
    pub attempt: AttemptNumber,
    /// Our own name for it at UPS.
    pub reference: Reference,
    /// A hash of the request.
    pub request_digest: String,
    /// The request as it was sent.
    pub request: String,
    /// When UPS was asked (business time).
    pub asked_at: Timestamp,
    /// What is known of it; `None` while nothing was answered.
    pub outcome: Option<Outcome>,
    /// The answer as it came.
    pub answer: Option<Vec<u8>>,
    /// When it was answered (business time).
    pub answered_at: Option<Timestamp>,
    /// Until when a late twin is looked for (business time).
    pub watch_until: Timestamp,
}

/// A line of a shipment's history as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    /// Counts from one without a gap.
    pub seq: i64,
    /// When (business time).
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What kind of thing.
    pub event: String,
    /// What, for people.
    pub words: String,
    /// Particulars.
    pub detail: serde_json::Value,
}

/// A stored label and when it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelEntry {
    /// The label.
    pub label: LabelRow,
    /// When it was stored (business time).
    pub made_at: Timestamp,
}

/// A shipment whose history has a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditGap {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Its document.
    pub document: String,
    /// How many lines its row counts.
    pub counted: i64,
    /// How many lines there are.
    pub found: i64,
    /// The first number, if there is a line.
    pub first: Option<i64>,
    /// The last number, if there is a line.
    pub last: Option<i64>,
}

/// Which shipments to list. Empty fields match all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Of this site.
    pub site: Option<SiteName>,
    /// Of one of these sites; none of an empty list.
    pub within: Option<Vec<SiteName>>,
    /// In one of these states.
    pub stages: Vec<String>,
    /// Held for this reason.
    pub hold_code: Option<String>,
    /// Held for any reason.
    pub held: bool,
    /// Whose document, sales order, customer or tracking number is this text.
    pub text: Option<String>,
}

/// The last row of a page: the list goes on behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListKey {
    /// When it was received (business time).
    pub created_at: Timestamp,
    /// Which it is.
    pub id: ShipmentId,
}

/// How many shipments of a site stand where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// By the name of the state.
    pub stages: BTreeMap<String, i64>,
    /// By the reason of the hold.
    pub holds: BTreeMap<String, i64>,
}

impl ShipmentRow {
    /// Where a list that ends with this row goes on.
    #[must_use]
    pub fn key(&self) -> ListKey {
        ListKey { created_at: self.created_at, id: self.id }
    }
}

impl Store {
    /// One shipment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn shipment(&self, site: &SiteName, id: ShipmentId) -> Result<Option<ShipmentRow>, StoreError> {
        let found = entity::shipment::Entity::find_by_id((site.as_str().to_owned(), id.0))
            .one(&self.0.read)
            .await
            .map_err(failed("read a shipment"))?;
        found.map(shipment_row).transpose()
    }

    /// The shipments of a document, of one site or of all, oldest release first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(
        &self,
        site: Option<&SiteName>,
        document: &DocumentNumber,
    ) -> Result<Vec<ShipmentRow>, StoreError> {
        use entity::shipment::{Column, Entity};
        let sites = match site {
            Some(site) => vec![site.clone()],
            None => self.sites().await?.into_iter().map(|row| row.site).collect(),
        };
        // Site and source are named so that the unique key finds the rows, however many there are.
        let found = Entity::find()
            .filter(Column::SiteId.is_in(sites.iter().map(SiteName::as_str)))
            .filter(Column::Source.is_in(Source::ALL.map(Source::code)))
            .filter(Column::DocumentKey.eq(document.canonical()))
            .order_by_asc(Column::SiteId)
            .order_by_asc(Column::Source)
            .order_by_asc(Column::ReleaseNo)
            .all(&self.0.read)
            .await
            .map_err(failed("find a shipment"))?;
        found.into_iter().map(shipment_row).collect()
    }

    /// A page of shipments, newest first, behind `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        &self,
        filter: &ListFilter,
        after: Option<ListKey>,
        limit: u64,
    ) -> Result<Vec<ShipmentRow>, StoreError> {
        use entity::shipment::{Column, Entity};
        let mut wanted = matching(filter);
        if let Some(key) = after {
            let at = micros(key.created_at);
            wanted = wanted.add(
                Condition::any()
                    .add(Column::CreatedAt.lt(at))
                    .add(Condition::all().add(Column::CreatedAt.eq(at)).add(Column::Id.lt(key.id.0))),
            );
        }
        let found = Entity::find()
            .filter(wanted)
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(&self.0.read)
            .await
            .map_err(failed("list shipments"))?;
        found.into_iter().map(shipment_row).collect()
    }

    /// How many shipments stand where, of one site or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts(&self, site: Option<&SiteName>) -> Result<Counts, StoreError> {
        let (only, values): (&str, Vec<Value>) = match site {
            Some(site) => ("WHERE site_id = $1", vec![site.as_str().into()]),
            None => ("", vec![]),
        };
        let text = format!("SELECT stage, hold_code, COUNT(*) FROM shipments {only} GROUP BY stage, hold_code");
        let db = &self.0.read;
        let rows = db.query_all_raw(sql(db, text, values)).await.map_err(failed("count shipments"))?;
        let mut counts = Counts::default();
        for row in &rows {
            let number: i64 = get(row, 2)?;
            *counts.stages.entry(get(row, 0)?).or_default() += number;
            if let Some(hold) = get::<Option<String>>(row, 1)? {
                *counts.holds.entry(hold).or_default() += number;
            }
        }
        Ok(counts)
    }

    /// How many documents were not ours, by ship-via, most first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ship_vias(&self, site: &SiteName, verdict: &str) -> Result<Vec<(String, i64)>, StoreError> {
        let text = "SELECT ship_via, COUNT(*) FROM sightings WHERE site_id = $1 AND verdict = $2 \
                    GROUP BY ship_via ORDER BY COUNT(*) DESC, ship_via";
        let db = &self.0.read;
        let rows = db.query_all_raw(sql(db, text, vec![site.as_str().into(), verdict.into()])).await;
        rows.map_err(failed("count ship-vias"))?.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
    }

    /// The attempts of a shipment, first one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attempts_of(&self, site: &SiteName, id: ShipmentId) -> Result<Vec<AttemptRow>, StoreError> {
        use entity::attempt::{Column, Entity};
        let found = Entity::find()
            .filter(Column::SiteId.eq(site.as_str()))
            .filter(Column::ShipmentId.eq(id.0))
            .order_by_asc(Column::Attempt)
            .all(&self.0.read)
            .await
            .map_err(failed("read attempts"))?;
        found.into_iter().map(attempt_row).collect()
    }

    /// How many labels a site has asked for since `since` (business time), refused ones apart.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn booked_since(&self, site: &SiteName, since: Timestamp) -> Result<i64, StoreError> {
        let text = "SELECT COUNT(*) FROM attempts WHERE site_id = $1 AND asked_at >= $2 \
                    AND (outcome IS NULL OR outcome <> 'not_booked')";
        let db = &self.0.read;
        let row = db.query_one_raw(sql(db, text, vec![site.as_str().into(), micros(since).into()])).await;
        row.map_err(failed("count bookings"))?.map_or(Ok(0), |row| get(&row, 0))
    }

    /// How many of a site's newest attempts in a row are in doubt, of so many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn doubts_in_a_row(&self, site: &SiteName, of: u32) -> Result<u32, StoreError> {
        let text =
            "SELECT COALESCE(outcome, 'in_doubt') FROM attempts WHERE site_id = $1 ORDER BY asked_at DESC LIMIT $2";
        let db = &self.0.read;
        let values: Vec<Value> = vec![site.as_str().into(), i64::from(of).into()];
        let rows = db.query_all_raw(sql(db, text, values)).await.map_err(failed("count doubts"))?;
        let mut doubts = 0;
        for row in &rows {
            let outcome: String = get(row, 0)?;
            if Outcome::stored(&outcome)? != Outcome::InDoubt {
                break;
            }
            doubts += 1;
        }
        Ok(doubts)
    }

    /// The shipments of a site that have not come to their end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unfinished(&self, site: &SiteName) -> Result<Vec<ShipmentId>, StoreError> {
        let text = "SELECT id FROM shipments WHERE site_id = $1 AND stage NOT IN ('delivered', 'ended', 'voided', 'cancelled')";
        let db = &self.0.read;
        let rows =
            db.query_all_raw(sql(db, text, vec![site.as_str().into()])).await.map_err(failed("list the unfinished"))?;
        rows.iter().map(|row| get(row, 0).map(ShipmentId)).collect()
    }

    /// The history of a shipment, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_of(&self, site: &SiteName, id: ShipmentId) -> Result<Vec<AuditRow>, StoreError> {
        use entity::audit::{Column, Entity};
        let found = Entity::find()
            .filter(Column::SiteId.eq(site.as_str()))
            .filter(Column::ShipmentId.eq(id.0))
            .order_by_asc(Column::Seq)
            .all(&self.0.read)
            .await
            .map_err(failed("read the audit"))?;
        found.into_iter().map(audit_row).collect()
    }

    /// How many audit lines there are, of one site or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_lines(&self, site: Option<&SiteName>) -> Result<i64, StoreError> {
        let (only, values): (&str, Vec<Value>) = match site {
            Some(site) => ("WHERE site_id = $1", vec![site.as_str().into()]),
            None => ("", vec![]),
        };
        let db = &self.0.read;
        let row = db.query_one_raw(sql(db, format!("SELECT COUNT(*) FROM audit {only}"), values)).await;
        row.map_err(failed("count the audit"))?.map_or(Ok(0), |row| get(&row, 0))
    }

    /// The shipments of a site whose history has a gap; none is what is wanted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_audit(&self, site: &SiteName) -> Result<Vec<AuditGap>, StoreError> {
        let text = "SELECT s.id, s.document, s.seq, COUNT(a.seq), MIN(a.seq), MAX(a.seq) FROM shipments s \
                    LEFT JOIN audit a ON a.site_id = s.site_id AND a.shipment_id = s.id WHERE s.site_id = $1 \
                    GROUP BY s.id, s.document, s.seq HAVING COUNT(a.seq) <> s.seq \
                    OR COALESCE(MAX(a.seq), 0) <> s.seq OR (s.seq > 0 AND COALESCE(MIN(a.seq), 0) <> 1) \
                    ORDER BY s.id";
        let db = &self.0.read;
        let rows = db.query_all_raw(sql(db, text, vec![site.as_str().into()])).await;
        let gap = |row: &sea_orm::QueryResult| {
            Ok(AuditGap {
                shipment: ShipmentId(get(row, 0)?),
                document: get(row, 1)?,
                counted: get(row, 2)?,
                found: get(row, 3)?,
                first: get(row, 4)?,
                last: get(row, 5)?,
            })
        };
        rows.map_err(failed("verify the audit"))?.iter().map(gap).collect()
    }

    /// The labels of a shipment's newest attempt that has any, by package. Those of attempts that were voided since are
    /// with [`Store::labels_of_attempt`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn labels_of(&self, site: &SiteName, id: ShipmentId) -> Result<Vec<LabelEntry>, StoreError> {
        let mut labels = self.every_label_of(site, id).await?;
        let newest = labels.iter().map(|it| it.label.attempt).max();
        labels.retain(|it| Some(it.label.attempt) == newest);
        Ok(labels)
    }

    /// The labels of one attempt of a shipment, by package.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn labels_of_attempt(
        &self,
        site: &SiteName,
        id: ShipmentId,
        attempt: AttemptNumber,
    ) -> Result<Vec<LabelEntry>, StoreError> {
        let mut labels = self.every_label_of(site, id).await?;
        labels.retain(|it| it.label.attempt == attempt);
        Ok(labels)
    }

    /// The shipment and the attempt that asked UPS under a reference; `None` when it is none of this site's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attempt_of(&self, site: &SiteName, reference: &str) -> Result<Option<AttemptRow>, StoreError> {
        use entity::attempt::{Column, Entity};
        let found = Entity::find()
            .filter(Column::SiteId.eq(site.as_str()))
            .filter(Column::Reference.eq(reference))
            .one(&self.0.read)
            .await
            .map_err(failed("read attempts"))?;
        found.map(attempt_row).transpose()
    }

    /// A page of a site's attempts by the time they were asked, behind `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attempts_since(
        &self,
        site: &SiteName,
        since: Timestamp,
        after: Option<(Timestamp, ShipmentId, AttemptNumber)>,
        limit: u64,
    ) -> Result<Vec<AttemptRow>, StoreError> {
        use entity::attempt::{Column, Entity};
        let mut wanted = Condition::all().add(Column::SiteId.eq(site.as_str())).add(Column::AskedAt.gte(micros(since)));
        if let Some((at, shipment, attempt)) = after {
            let (at, number) = (micros(at), i64::from(attempt.0));
            let same = Condition::all().add(Column::AskedAt.eq(at));
            wanted = wanted.add(
                Condition::any()
                    .add(Column::AskedAt.gt(at))
                    .add(same.clone().add(Column::ShipmentId.gt(shipment.0)))
                    .add(same.add(Column::ShipmentId.eq(shipment.0)).add(Column::Attempt.gt(number))),
            );
        }
        let found = Entity::find()
            .filter(wanted)
            .order_by_asc(Column::AskedAt)
            .order_by_asc(Column::ShipmentId)
            .order_by_asc(Column::Attempt)
            .limit(limit)
            .all(&self.0.read)
            .await
            .map_err(failed("read attempts"))?;
        found.into_iter().map(attempt_row).collect()
    }

    async fn every_label_of(&self, site: &SiteName, id: ShipmentId) -> Result<Vec<LabelEntry>, StoreError> {
        use entity::label::{Column, Entity};
        let found = Entity::find()
            .filter(Column::SiteId.eq(site.as_str()))
            .filter(Column::ShipmentId.eq(id.0))
            .order_by_asc(Column::Attempt)
            .order_by_asc(Column::PackageNo)
            .order_by_asc(Column::Kind)
            .all(&self.0.read)
            .await
            .map_err(failed("read labels"))?;
        found.into_iter().map(label_entry).collect()
    }

    /// The scans of a shipment, in the order they happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn scans_of(&self, site: &SiteName, id: ShipmentId) -> Result<Vec<ScanRow>, StoreError> {
        use entity::scan::{Column, Entity};
        let found = Entity::find()
            .filter(Column::SiteId.eq(site.as_str()))
            .filter(Column::ShipmentId.eq(id.0))
            .order_by_asc(Column::At)
            .order_by_asc(Column::Identity)
            .all(&self.0.read)
            .await
            .map_err(failed("read scans"))?;
        found.into_iter().map(scan_row).collect()
    }

    /// The address that a person accepted under this key, as JSON.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accepted_address(&self, site: &SiteName, memory_key: &str) -> Result<Option<String>, StoreError> {
        let key = (site.as_str().to_owned(), memory_key.to_owned());
        let found = entity::accepted_address::Entity::find_by_id(key)
            .one(&self.0.read)
            .await
            .map_err(failed("read an accepted address"))?;
        Ok(found.map(|found| found.address))
    }

    /// Remembers an address outside of a record.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remember_address(&self, site: &SiteName, address: &NewAcceptedAddress) -> Result<(), StoreError> {
        self.write("remember an address", |transaction| async move {
            let transaction = &*transaction;
            remember(transaction, site, address).await
        })
        .await
    }
}

fn matching(filter: &ListFilter) -> Condition {
    use entity::shipment::Column;
    let mut wanted = Condition::all();
    if let Some(site) = &filter.site {
        wanted = wanted.add(Column::SiteId.eq(site.as_str()));
    }
    if let Some(sites) = &filter.within {
        wanted = wanted.add(Column::SiteId.is_in(sites.iter().map(SiteName::as_str)));
    }
    if !filter.stages.is_empty() {
        wanted = wanted.add(Column::Stage.is_in(filter.stages.iter().map(String::as_str)));
    }
    if let Some(code) = &filter.hold_code {
        wanted = wanted.add(Column::HoldCode.eq(code.as_str()));
    }
    if filter.held {
        wanted = wanted.add(Column::HoldCode.is_not_null());
    }
    if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let key = text.parse::<DocumentNumber>().map_or_else(|_| text.to_owned(), |number| number.canonical());
        wanted = wanted.add(
            Condition::any()
                .add(Column::DocumentKey.eq(key))
                .add(Column::SalesOrder.eq(text))
                .add(Column::Customer.eq(text))
                .add(Column::TrackingNumber.eq(text)),
        );
    }
    wanted
}

pub(super) fn shipment_row(found: entity::shipment::Model) -> Result<ShipmentRow, StoreError> {
    Ok(ShipmentRow {
        site: parsed("site", &found.site_id)?,
        id: ShipmentId(found.id),
        source: source(&found.source)?,
        document: parsed("document number", &found.document)?,
        release: ReleaseNumber(counted("release", found.release_no)?),
        sales_order: found.sales_order,
        customer: found.customer,
        stage: found.stage,
        lane: found.lane,
        due_at: maybe_time("due time", found.due_at)?,
        lease_until: maybe_time("lease", found.lease_until)?,
        tries: found.tries,
        seq: found.seq,
        state: found.state,
        settings_version: found.settings_version,
        fingerprint: found.fingerprint,
        hold_code: found.hold_code,
        tracking_number: maybe_parsed("tracking number", found.tracking_number.as_deref())?,
        created_at: time("creation time", found.created_at)?,
        updated_at: time("record time", found.updated_at)?,
    })
}

fn attempt_row(found: entity::attempt::Model) -> Result<AttemptRow, StoreError> {
    Ok(AttemptRow {
        shipment: ShipmentId(found.shipment_id),
        attempt: AttemptNumber(counted("attempt", found.attempt)?),
        reference: parsed("reference", &found.reference)?,
        request_digest: found.request_digest,
        request: found.request,
        asked_at: time("asking time", found.asked_at)?,
        outcome: found.outcome.as_deref().map(Outcome::stored).transpose()?,
        answer: found.answer,
        answered_at: maybe_time("answer time", found.answered_at)?,
        watch_until: time("watch time", found.watch_until)?,
    })
}

fn audit_row(found: entity::audit::Model) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        seq: found.seq,
        at: time("audit time", found.at)?,
        actor: found.actor,
        event: found.event,
        words: found.words,
        detail: json("audit detail", &found.detail)?,
    })
}

fn label_entry(found: entity::label::Model) -> Result<LabelEntry, StoreError> {
    Ok(LabelEntry {
        made_at: time("label time", found.made_at)?,
        label: LabelRow {
            attempt: AttemptNumber(counted("attempt", found.attempt)?),
            package_no: counted("package", found.package_no)?,
            kind: found.kind,
            tracking_number: parsed("tracking number", &found.tracking_number)?,
            format: found.format,
            bytes: found.bytes,
        },
    })
}

fn scan_row(found: entity::scan::Model) -> Result<ScanRow, StoreError> {
    Ok(ScanRow {
        tracking_number: parsed("tracking number", &found.tracking_number)?,
        identity: found.identity,
        at: time("scan time", found.at)?,
        body: found.body,
        feed: parsed("feed", &found.feed)?,
        heard_at: maybe_time("scan time", found.heard_at)?,
        raw: found.raw,
    })
}
