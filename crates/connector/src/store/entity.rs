//! The tables as SeaORM sees them, one module each, named for one row.
//!
//! The statements of the hot path (claim, record, receive) are written by hand elsewhere; lists
//! and the quiet tables go through these.

#![expect(unreachable_pub, reason = "the derive macro wants its types `pub`; the module is private")]

macro_rules! without_relations {
    () => {
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    };
}

pub mod site {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sites")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        pub settings_version: i64,
        pub mode: String,
        pub environment: String,
        pub booked_once: bool,
        pub created_at: i64,
    }

    without_relations!();
}

pub mod site_settings {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "site_settings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub body: String,
        pub made_at: i64,
        pub actor: String,
    }

    without_relations!();
}

pub mod site_event {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "site_events")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub seq: i64,
        pub at: i64,
        pub actor: String,
        pub event: String,
        pub words: String,
    }

    without_relations!();
}

pub mod secret {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "secrets")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub key_id: String,
        pub wrapped_key: Vec<u8>,
        pub nonce: Vec<u8>,
        pub ciphertext: Vec<u8>,
        pub made_at: i64,
    }

    without_relations!();
}

pub mod shipment {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shipments")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub source: String,
        pub document: String,
        pub document_key: String,
        pub release_no: i64,
        pub sales_order: Option<String>,
        pub customer: Option<String>,
        pub stage: String,
        pub lane: String,
        pub due_at: Option<i64>,
        pub woken: i64,
        pub lease_epoch: i64,
        pub lease_until: Option<i64>,
        pub tries: i64,
        pub seq: i64,
        pub state: String,
        pub settings_version: i64,
        pub fingerprint: String,
        pub hold_code: Option<String>,
        pub tracking_number: Option<String>,
        pub created_at: i64,
        pub updated_at: i64,
    }

    without_relations!();
}

pub mod attempt {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub shipment_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub attempt: i64,
        pub reference: String,
        pub request_digest: String,
        pub request: String,
        pub asked_at: i64,
        pub outcome: Option<String>,
        pub answer: Option<Vec<u8>>,
        pub answered_at: Option<i64>,
        pub watch_until: i64,
    }

    without_relations!();
}

pub mod audit {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub shipment_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub seq: i64,
        pub at: i64,
        pub actor: String,
        pub event: String,
        pub words: String,
        pub detail: String,
    }

    without_relations!();
}

pub mod wish {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "wishes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub shipment_id: Uuid,
        pub kind: String,
        pub body: String,
        pub actor: String,
        pub reason: String,
        pub made_at: i64,
        pub done_at: Option<i64>,
    }

    without_relations!();
}

pub mod label {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "labels")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub shipment_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub attempt: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub package_no: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        pub tracking_number: String,
        pub format: String,
        pub bytes: Vec<u8>,
        pub made_at: i64,
    }

    without_relations!();
}

pub mod scan {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "scans")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tracking_number: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub identity: String,
        pub shipment_id: Uuid,
        pub at: i64,
        pub body: String,
        pub feed: String,
        pub heard_at: Option<i64>,
        pub raw: Option<Vec<u8>>,
    }

    without_relations!();
}

pub mod operator_session {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "operator_sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub server: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub operator: String,
        pub holder: Option<String>,
        pub lease_until: Option<i64>,
        pub token_sealed: Option<Vec<u8>>,
        pub logged_on_at: Option<i64>,
        pub used_at: Option<i64>,
        pub lost_count: i64,
        pub lost_since: Option<i64>,
        pub refused_logons: i64,
        pub not_before: Option<i64>,
        pub words: Option<String>,
        pub company: Option<String>,
    }

    without_relations!();
}

pub mod sighting {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sightings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub source: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub document_key: String,
        pub fingerprint: String,
        pub verdict: String,
        pub ship_via: String,
        pub shipment_id: Option<Uuid>,
        pub first_seen: i64,
        pub last_seen: i64,
    }

    without_relations!();
}

pub mod poller {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "pollers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub source: String,
        pub baseline_at: Option<i64>,
        pub last_poll: Option<i64>,
        pub watermark: Option<String>,
        pub paused_reason: Option<String>,
        pub leave_until: Option<i64>,
    }

    without_relations!();
}

pub mod outage {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outages")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub remote: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub since: i64,
        pub cause: String,
        pub words: String,
        pub next_probe: Option<i64>,
        pub probes: i64,
        pub closed_at: Option<i64>,
    }

    without_relations!();
}

pub mod accepted_address {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "accepted_addresses")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub memory_key: String,
        pub address: String,
        pub actor: String,
        pub made_at: i64,
    }

    without_relations!();
}
