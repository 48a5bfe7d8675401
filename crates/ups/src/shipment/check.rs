//! What UPS refuses by rule, found before it is sent: the first field that cannot be right is named.

use super::Shipment;
use crate::customs::Customs;
use crate::error::Error;
use crate::package::{Package, Packaging, WeightUnit};
use crate::party::{SHIP_FROM, SHIP_TO, SHIPPER};
use crate::service::Service;
use crate::text;

impl Shipment {
    /// What the booking of any shipment must fulfil.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.check_countries()?;
        self.check_packages()?;
        self.check_customs()?;
        self.check_people()?;
        self.check_returns()?;
        let lane = self.lane();
        if !lane.confirms_by_package() && self.packages.iter().any(|it| it.confirmation.is_some()) {
            return Err(Error::invalid("packages.confirmation", "belongs on the shipment on this lane"));
        }
        if !lane.refers_by_package() && self.packages.iter().any(|it| !it.references.is_empty()) {
            return Err(Error::invalid("packages.references", "belong on the shipment on this lane"));
        }
        let own = self.packages.iter().flat_map(|it| &it.references);
        if self.references.iter().chain(own).filter(|it| it.barcoded).count() > 1 {
            return Err(Error::invalid("references", "can have one bar code per shipment"));
        }
        if self.direct_delivery_only && self.access_point.is_some() {
            return Err(Error::invalid("direct_delivery_only", "contradicts the Access Point"));
        }
        if self.packages.iter().any(|it| it.release_without_signature)
            && (self.returns.is_some() || !lane.within(&["US", "PR"]))
        {
            let why = "is for forward shipments within the US and Puerto Rico";
            return Err(Error::invalid("packages.release_without_signature", why));
        }
        Ok(())
    }

    /// What a price must fulfil as well.
    pub(super) fn check_packages(&self) -> Result<(), Error> {
        let (count, invalid) = (self.packages.len(), |field, why: String| Err(Error::invalid(field, why)));
        if count == 0 {
            return invalid("packages", "is empty".to_owned());
        }
        if count > 200 {
            return invalid("packages", format!("has {count} entries, UPS takes 200"));
        }
        if self.service.is_mail() && count > 1 {
            return invalid("packages", format!("has {count} entries, {} takes one", self.service));
        }
        let mut units = self.packages.iter().filter_map(|it| it.weight.as_ref()).map(|it| &it.unit);
        if let Some(first) = units.next() {
            if units.any(|unit| unit != first) {
                return invalid("packages.unit", "differs between packages".to_owned());
            }
            let in_ounces = self.service.is_mail() || self.service == Service::WorldwideEconomyDdu;
            if *first == WeightUnit::Ounces && !in_ounces {
                return invalid("packages.unit", format!("cannot be ounces for {}", self.service));
            }
        }
        let mut declared = self.packages.iter().filter(|it| it.declared.is_some()).map(|it| it.declared_by);
        if let Some(first) = declared.next()
            && declared.any(|it| it != first)
        {
            return invalid("packages.declared_by", "differs between packages".to_owned());
        }
        let box_of_express = |it: &&Package| {
            let packaging = &it.packaging;
            matches!(packaging, Packaging::SmallExpressBox | Packaging::MediumExpressBox | Packaging::LargeExpressBox)
        };
        if let Some(package) = self.packages.iter().find(box_of_express)
            && !self.service.is_express()
        {
            return invalid("packages.packaging", format!("{} goes with express services only", package.packaging));
        }
        Ok(())
    }

    /// The lane, by which all else is judged, must be known first.
    fn check_countries(&self) -> Result<(), Error> {
        text::country(SHIPPER.country, &self.shipper.country)?;
        text::country(SHIP_TO.country, &self.ship_to.country)?;
        self.ship_from.as_ref().map_or(Ok(()), |it| text::country(SHIP_FROM.country, &it.country).map(drop))
    }

    fn check_customs(&self) -> Result<(), Error> {
        let lane = self.lane();
        match &self.customs {
            Customs::NotNeeded if !self.is_free_of_duties() => {
                Err(Error::invalid("customs", "is missing: the goods pass customs on this lane"))
            }
            Customs::Forms(_) if !lane.crosses_a_border() => {
                Err(Error::invalid("customs", "has forms for a shipment within a country"))
            }
            Customs::Forms(forms) if forms.usmca.is_some() && !lane.within(&["US", "PR", "CA", "MX"]) => {
                Err(Error::invalid("customs.usmca", "is for the United States, Canada and Mexico"))
            }
            _ => Ok(()),
        }
    }

    /// Across borders, and for the earliest service, somebody must be there to be called.
    fn check_people(&self) -> Result<(), Error> {
        let lane = self.lane();
        let abroad = lane.crosses_a_border();
        let letters = self.packages.iter().all(|it| it.packaging == Packaging::Letter);
        let eu_standard = lane.is_within_the_eu() && self.service == Service::Standard;
        if lane.origin() == "AE" || lane.destination() == "AE" || (abroad && !letters && !eu_standard) {
            text::required("description", &self.description, 50)?;
        }
        if abroad {
            self.shipper.must_be_reachable(&SHIPPER)?;
        }
        if abroad || self.service == Service::NextDayAirEarly {
            self.ship_to.must_be_reachable(&SHIP_TO)?;
        }
        if let (Some(party), Some(_)) = (&self.ship_from, self.customs.forms()) {
            text::required(SHIP_FROM.attention, party.attention.as_deref().unwrap_or_default(), 35)?;
        }
        Ok(())
    }

    fn check_returns(&self) -> Result<(), Error> {
        let invalid = |field, why: String| Err(Error::invalid(field, why));
        let Some(returns) = &self.returns else {
            if self.packages.iter().any(|it| !it.return_notice.is_empty()) {
                return invalid("packages.return_notice", "is for returns only".to_owned());
            }
            return Ok(());
        };
        if self.ship_from.is_none() {
            return invalid("ship_from", "is missing: on a return it is the customer".to_owned());
        }
        if !self.service.takes_returns() {
            return invalid("service", format!("{} takes no returns", self.service));
        }
        let most = if matches!(self.lane().origin(), "US" | "PR") { 1 } else { 20 };
        if self.packages.len() > most {
            let count = self.packages.len();
            return invalid("packages", format!("has {count} entries, UPS takes {most} for this return"));
        }
        for package in &self.packages {
            text::required("packages.description", package.description.as_deref().unwrap_or_default(), 35)?;
            if matches!(package.packaging, Packaging::Box10Kg | Packaging::Box25Kg) {
                return invalid("packages.packaging", format!("{} is not for returns", package.packaging));
            }
        }
        if self.confirmation.is_some() || self.packages.iter().any(|it| it.confirmation.is_some()) {
            return invalid("confirmation", "is not for returns".to_owned());
        }
        if !self.notifications.is_empty() && !returns.service.notifies() {
            return invalid("notifications", format!("are not sent for {}", returns.service));
        }
        Ok(())
    }
}
