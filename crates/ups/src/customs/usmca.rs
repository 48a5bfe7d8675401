//! The certificate of origin under the agreement of the United States, Mexico and Canada.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::codes::codes;
use crate::error::Error;
use crate::party::{PRODUCER, Party};

codes! {
    /// The criterion by which goods are of origin.
    pub enum PreferenceCriterion {
        A = "A", "criterion A";
        B = "B", "criterion B";
        C = "C", "criterion C";
        D = "D", "criterion D";
        E = "E", "criterion E";
        F = "F", "criterion F";
    }
}

codes! {
    /// Who made the goods, and how the exporter knows.
    pub enum ProducerKnowledge {
        Producer = "Yes", "the shipper is the producer";
        OwnKnowledge = "No [1]", "known to qualify as originating goods";
        WrittenStatement = "No [2]", "by the producer's written statement";
        Certificate = "No [3]", "by the producer's certificate";
    }
}

/// How the regional value of goods was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetCost {
    /// Not by net cost.
    No,
    /// By net cost.
    Yes,
    /// By net cost over a period: its first and last day.
    Over(Date, Date),
}

/// What the certificate says of one kind of goods.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertifiedGoods {
    /// How the regional value was computed.
    pub net_cost: NetCost,
    /// By which criterion they are of origin.
    pub criterion: Option<PreferenceCriterion>,
    /// Who made them.
    pub producer: ProducerKnowledge,
    /// Whether they were made jointly in several of the countries, which the certificate then shows as `JNT`.
    pub jointly_produced: bool,
}

impl CertifiedGoods {
    /// Goods of origin by that criterion, their value not computed by net cost.
    #[must_use]
    pub fn new(criterion: PreferenceCriterion, producer: ProducerKnowledge) -> Self {
        Self { net_cost: NetCost::No, criterion: Some(criterion), producer, jointly_produced: false }
    }

    pub(super) fn write(&self, product: &mut Value) {
        let (code, period) = match self.net_cost {
            NetCost::No => ("NO", None),
            NetCost::Yes => ("NC", None),
            NetCost::Over(first, last) => ("ND", Some(json!({ "BeginDate": day(first), "EndDate": day(last) }))),
        };
        product["NetCostCode"] = json!(code);
        product["NetCostDateRange"] = json!(period);
        product["PreferenceCriteria"] = json!(self.criterion.as_ref().map(PreferenceCriterion::code));
        product["ProducerInfo"] = json!(self.producer.code());
        product["JointProductionIndicator"] = json!(self.jointly_produced.then_some(""));
    }
}

/// Who the certificate names as producer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Producer {
    /// That party.
    Party(Box<Party>),
    /// Available to customs upon request.
    OnRequest,
    /// The exporter.
    Exporter,
    /// An attached list.
    AttachedList,
    /// Nobody knows.
    Unknown,
}

impl Producer {
    pub(super) fn write(&self) -> Result<Value, Error> {
        let option = match self {
            Self::Party(party) => {
                let mut written = party.write_contact(&PRODUCER)?;
                // The one party whose name UPS calls otherwise.
                if let Some(members) = written.as_object_mut()
                    && let Some(name) = members.remove("Name")
                {
                    members.insert("CompanyName".to_owned(), name);
                }
                return Ok(written);
            }
            Self::OnRequest => "01",
            Self::Exporter => "02",
            Self::AttachedList => "03",
            Self::Unknown => "04",
        };
        Ok(json!({ "Option": option }))
    }
}

/// A certificate of origin.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsmcaCertificate {
    /// Who made the goods.
    pub producer: Producer,
    /// First and last day of the time in which identical goods are covered: at most a year. UPS demands it except for
    /// paperless shipments.
    pub blanket_period: Option<(Date, Date)>,
}

impl UsmcaCertificate {
    /// A certificate for goods of that producer, sent between these days.
    #[must_use]
    pub fn new(producer: Producer, first: Date, last: Date) -> Self {
        Self { producer, blanket_period: Some((first, last)) }
    }

    pub(super) fn write_period(&self) -> Result<Value, Error> {
        let Some((first, last)) = self.blanket_period else { return Ok(Value::Null) };
        let year = first.checked_add(jiff::Span::new().years(1)).is_ok_and(|end| last <= end);
        if last < first || !year {
            return Err(Error::invalid("customs.usmca.blanket_period", "must be at most one year, first day first"));
        }
        Ok(json!({ "BeginDate": day(first), "EndDate": day(last) }))
    }
}

fn day(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}
