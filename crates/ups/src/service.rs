//! Services: what UPS sells, and on which lanes.
//!
//! ```text
//! "11" ─► Service::Standard ─ on(US→CA) ─► Offer::Offered
//!                           └ on(US→DE) ─► Offer::NotOffered    a remark, not a refusal: UPS decides
//!                           └ on(JP→KR) ─► Offer::Unknown       the table says nothing about this lane
//! ```
//!
//! One code bears different names by origin: `01` is Next Day Air in the US and Express in Canada. Time in
//! transit, tracking, pickups and Quantum View use other code spaces; none of them is ever a service of this table.

use crate::codes::codes;
use crate::lane::Lane;

codes! {
    /// A service, by the code that rating and shipping share. Names are those of a US origin; see
    /// [`Service::name_from`].
    pub enum Service {
        NextDayAir = "01", "UPS Next Day Air";
        SecondDayAir = "02", "UPS 2nd Day Air";
        Ground = "03", "UPS Ground";
        WorldwideExpress = "07", "UPS Worldwide Express";
        WorldwideExpedited = "08", "UPS Worldwide Expedited";
        Standard = "11", "UPS Standard";
        ThreeDaySelect = "12", "UPS 3 Day Select";
        NextDayAirSaver = "13", "UPS Next Day Air Saver";
        NextDayAirEarly = "14", "UPS Next Day Air Early";
        WorldwideEconomyDdu = "17", "UPS Worldwide Economy DDU";
        WorldwideExpressPlus = "54", "UPS Worldwide Express Plus";
        SecondDayAirAm = "59", "UPS 2nd Day Air A.M.";
        WorldwideSaver = "65", "UPS Worldwide Saver";
        AccessPointEconomy = "70", "UPS Access Point Economy";
        WorldwideExpressFreightMidday = "71", "UPS Worldwide Express Freight Midday";
        WorldwideEconomyDdp = "72", "UPS Worldwide Economy DDP";
        ExpressNoon = "74", "UPS Express 12:00";
        HeavyGoods = "75", "UPS Heavy Goods";
        TodayStandard = "82", "UPS Today Standard";
        TodayDedicatedCourier = "83", "UPS Today Dedicated Courier";
        TodayIntercity = "84", "UPS Today Intercity";
        TodayExpress = "85", "UPS Today Express";
        TodayExpressSaver = "86", "UPS Today Express Saver";
        GroundSaverLight = "92", "UPS Ground Saver under 1 lb";
        GroundSaver = "93", "UPS Ground Saver";
        GroundSaverPrinted = "94", "UPS Ground Saver, bound printed matter";
        GroundSaverMedia = "95", "UPS Ground Saver, media";
        WorldwideExpressFreight = "96", "UPS Worldwide Express Freight";
        FirstClassMail = "M2", "UPS Mail Innovations First Class";
        PriorityMail = "M3", "UPS Mail Innovations Priority";
        ExpeditedMail = "M4", "UPS Mail Innovations Expedited";
        PriorityMailInternational = "M5", "UPS Mail Innovations Priority, international";
        EconomyMailInternational = "M6", "UPS Mail Innovations Economy, international";
        MailReturns = "M7", "UPS Mail Innovations Returns";
        RoadieMorning = "C6", "Roadie XD, morning";
        RoadieAfternoon = "C7", "Roadie XD, afternoon";
        RoadieAnytime = "C8", "Roadie XD, any time";
        TradeDirectMaster = "T0", "UPS Trade Direct master";
        TradeDirectLtl = "T1", "UPS Trade Direct less-than-truckload";
    }
}

/// Whether a service can be had on a lane, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// UPS offers it.
    Offered,
    /// UPS offers it to accounts with a contract for it.
    ByContract,
    /// UPS does not offer it there.
    NotOffered,
    /// The table does not know.
    Unknown,
}

impl Service {
    /// What the service is called by shippers in that country.
    #[must_use]
    pub fn name_from(&self, origin: &str) -> &str {
        match (self, origin.trim().to_ascii_uppercase().as_str()) {
            (Self::NextDayAir, "CA") => "UPS Express",
            (Self::SecondDayAir, "CA") => "UPS Expedited",
            (Self::NextDayAirSaver | Self::WorldwideSaver, "CA") => "UPS Express Saver",
            (Self::NextDayAirEarly | Self::WorldwideExpressPlus, "CA") => "UPS Express Early",
            _ => self.name(),
        }
    }

    /// Whether the service is known to be offered on a lane.
    ///
    /// Lanes change without notice and depend on contracts and postal codes, so an answer of this table is a reason
    /// to warn somebody, never to refuse a shipment.
    #[must_use]
    pub fn on(&self, lane: &Lane) -> Offer {
        let abroad = lane.crosses_a_border();
        let north = matches!(lane.origin(), "US" | "PR" | "CA");
        let pairs = |known: bool| match (known, north) {
            (true, _) => Offer::Offered,
            (false, true) => Offer::NotOffered,
            (false, false) => Offer::Unknown,
        };
        match self {
            Self::NextDayAir => pairs(lane.within(&["US", "PR"]) || lane.within(&["CA"])),
            Self::SecondDayAir if lane.within(&["US", "PR"]) && lane.origin() != "US" => Offer::Unknown,
            Self::SecondDayAir => pairs(lane.is(&["US"], &["US"]) || lane.within(&["CA"])),
            Self::NextDayAirSaver | Self::NextDayAirEarly => pairs(lane.within(&["US"]) || lane.within(&["CA"])),
            Self::Ground if lane.origin() == "PR" => Offer::Unknown,
            Self::Ground => pairs(lane.is(&["US"], &["US", "PR"])),
            Self::SecondDayAirAm => pairs(lane.within(&["US"])),
            Self::ThreeDaySelect => pairs(lane.within(&["US"]) || lane.is(&["CA"], &["US"])),
            Self::Standard if lane.origin() == "US" => pairs(lane.is(&["US"], &["CA", "MX"])),
            Self::Standard if lane.origin() == "CA" => pairs(lane.is(&["CA"], &["CA", "US", "MX"])),
            Self::Standard if lane.is_within_the_eu() || lane.is(&["MX"], &["US"]) => Offer::Offered,
            Self::Standard => Offer::Unknown,
            Self::WorldwideExpress
            | Self::WorldwideExpedited
            | Self::WorldwideExpressPlus
            | Self::WorldwideSaver
            | Self::WorldwideExpressFreight
            | Self::WorldwideExpressFreightMidday => pairs(abroad && !lane.within(&["US", "PR"])),
            Self::AccessPointEconomy => {
                let home = matches!(lane.origin(), "CA" | "MX" | "PL") || lane.is_within_the_eu();
                pairs(home && !abroad)
            }
            Self::ExpressNoon => {
                if lane.within(&["DE"]) {
                    Offer::Offered
                } else {
                    Offer::NotOffered
                }
            }
            Self::TodayStandard
            | Self::TodayDedicatedCourier
            | Self::TodayIntercity
            | Self::TodayExpress
            | Self::TodayExpressSaver => {
                if lane.within(&["PL"]) {
                    Offer::Offered
                } else {
                    Offer::NotOffered
                }
            }
            Self::WorldwideEconomyDdu | Self::WorldwideEconomyDdp => {
                if abroad {
                    Offer::ByContract
                } else {
                    Offer::NotOffered
                }
            }
            Self::HeavyGoods
            | Self::GroundSaverLight
            | Self::GroundSaver
            | Self::GroundSaverPrinted
            | Self::GroundSaverMedia
            | Self::FirstClassMail
            | Self::PriorityMail
            | Self::ExpeditedMail
            | Self::PriorityMailInternational
            | Self::EconomyMailInternational
            | Self::MailReturns
            | Self::RoadieMorning
            | Self::RoadieAfternoon
            | Self::RoadieAnytime
            | Self::TradeDirectMaster
            | Self::TradeDirectLtl => Offer::ByContract,
            Self::Other(_) => Offer::Unknown,
        }
    }

    /// Whether UPS takes returns by it: it says which it does not.
    #[must_use]
    pub fn takes_returns(&self) -> bool {
        !matches!(
            self,
            Self::NextDayAirSaver
                | Self::SecondDayAirAm
                | Self::TodayStandard
                | Self::TodayDedicatedCourier
                | Self::TodayIntercity
                | Self::TodayExpress
                | Self::TodayExpressSaver
                | Self::RoadieMorning
                | Self::RoadieAfternoon
                | Self::RoadieAnytime
        )
    }

    /// Whether it is one of the express services, for which alone the small express boxes are made.
    pub(crate) fn is_express(&self) -> bool {
        matches!(
            self,
            Self::NextDayAir
                | Self::NextDayAirSaver
                | Self::NextDayAirEarly
                | Self::SecondDayAir
                | Self::SecondDayAirAm
                | Self::WorldwideExpress
                | Self::WorldwideExpressPlus
                | Self::WorldwideSaver
                | Self::ExpressNoon
                | Self::TodayExpress
                | Self::TodayExpressSaver
                | Self::Other(_)
        )
    }

    /// Whether it travels as mail: one package, weights in ounces.
    pub(crate) fn is_mail(&self) -> bool {
        matches!(
            self,
            Self::FirstClassMail
                | Self::PriorityMail
                | Self::ExpeditedMail
                | Self::PriorityMailInternational
                | Self::EconomyMailInternational
                | Self::MailReturns
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_offered_where_the_table_says() {
        let cases = [
            (Service::Ground, "US", "US", Offer::Offered),
            (Service::Ground, "US", "PR", Offer::Offered),
            (Service::Ground, "US", "CA", Offer::NotOffered),
            (Service::Ground, "CA", "CA", Offer::NotOffered),
            (Service::Ground, "DE", "DE", Offer::Unknown),
            (Service::Standard, "US", "CA", Offer::Offered),
            (Service::Standard, "US", "DE", Offer::NotOffered),
            (Service::Standard, "US", "US", Offer::NotOffered),
            (Service::Standard, "FR", "DE", Offer::Offered),
            (Service::Standard, "MX", "US", Offer::Offered),
            (Service::ThreeDaySelect, "CA", "US", Offer::Offered),
            (Service::NextDayAir, "US", "PR", Offer::Offered),
            (Service::WorldwideSaver, "US", "MX", Offer::Offered),
            (Service::WorldwideExpress, "US", "US", Offer::NotOffered),
            (Service::WorldwideExpress, "US", "PR", Offer::NotOffered),
            (Service::ExpressNoon, "DE", "DE", Offer::Offered),
            (Service::GroundSaver, "US", "US", Offer::ByContract),
            (Service::Other("Q7".to_owned()), "US", "US", Offer::Unknown),
        ];
        for (service, origin, destination, expected) in cases {
            assert_eq!(service.on(&Lane::new(origin, destination)), expected, "{service} {origin} to {destination}");
        }
    }

    #[test]
    fn one_code_has_the_names_of_its_origin() {
        assert_eq!(Service::of("01").name_from("US"), "UPS Next Day Air");
        assert_eq!(Service::of("01").name_from("ca"), "UPS Express");
        assert_eq!(Service::of("Q7").name_from("CA"), "Q7");
    }
}
