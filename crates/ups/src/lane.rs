//! Lanes: where goods leave and where they arrive, and what UPS makes depend on it.
//!
//! ```text
//!                     references   delivery confirmation   duties payer   InvoiceLineTotal
//! US→US, PR→PR        package      package                 refused        -
//! US→PR               shipment     package                 refused        demanded
//! PR→US               shipment     package                 refused        -
//! CA→CA               shipment     package                 refused        -
//! US→CA               shipment     shipment                receiver       demanded
//! within the EU       shipment     shipment                refused        -
//! all others          shipment     shipment                receiver       -
//! ```

/// A pair of countries, as capital letters of ISO 3166.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lane {
    origin: String,
    destination: String,
}

/// Members of the European Union: no duties between them for goods in free circulation.
const EUROPEAN_UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

impl Lane {
    /// The lane between two countries.
    #[must_use]
    pub fn new(origin: &str, destination: &str) -> Self {
        let plain = |country: &str| country.trim().to_ascii_uppercase();
        Self { origin: plain(origin), destination: plain(destination) }
    }

    /// The country the goods leave.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The country they go to.
    #[must_use]
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// Whether the lane leads from one of these countries to one of those.
    pub(crate) fn is(&self, origins: &[&str], destinations: &[&str]) -> bool {
        origins.contains(&self.origin()) && destinations.contains(&self.destination())
    }

    /// Whether both ends are among these countries.
    pub(crate) fn within(&self, countries: &[&str]) -> bool {
        self.is(countries, countries)
    }

    /// Whether two countries are involved. Puerto Rico counts as one.
    #[must_use]
    pub fn crosses_a_border(&self) -> bool {
        self.origin != self.destination
    }

    /// Whether both ends lie in the European Union.
    #[must_use]
    pub fn is_within_the_eu(&self) -> bool {
        self.within(&EUROPEAN_UNION)
    }

    /// Whether UPS counts it as domestic for duties: it then refuses a payer of duties and taxes.
    #[must_use]
    pub fn is_free_of_duties(&self) -> bool {
        !self.crosses_a_border() || self.within(&["US", "PR"]) || self.is_within_the_eu()
    }

    /// Whether references belong on the packages. Everywhere else they belong on the shipment, and UPS refuses
    /// them at the wrong level (`120541`, `120542`).
    #[must_use]
    pub fn refers_by_package(&self) -> bool {
        !self.crosses_a_border() && self.within(&["US", "PR"])
    }

    /// Whether a delivery confirmation belongs on the packages. Everywhere else it belongs on the shipment.
    #[must_use]
    pub fn confirms_by_package(&self) -> bool {
        self.within(&["US", "PR"]) || self.within(&["CA"])
    }

    /// Whether UPS demands the value of the goods beside the shipment (`120502`).
    #[must_use]
    pub fn demands_invoice_total(&self) -> bool {
        self.is(&["US"], &["CA", "PR"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line per row of the table above: references and confirmation by package, free of duties, total demanded.
    #[test]
    fn lanes_decide_where_things_stand() {
        let rows = [
            ("US", "US", [true, true, true, false]),
            ("pr", "PR ", [true, true, true, false]),
            ("US", "PR", [false, true, true, true]),
            ("PR", "US", [false, true, true, false]),
            ("CA", "CA", [false, true, true, false]),
            ("US", "CA", [false, false, false, true]),
            ("CA", "US", [false, false, false, false]),
            ("US", "MX", [false, false, false, false]),
            ("DE", "FR", [false, false, true, false]),
            ("DE", "DE", [false, false, true, false]),
            ("DE", "CH", [false, false, false, false]),
        ];
        for (origin, destination, expected) in rows {
            let lane = Lane::new(origin, destination);
            let told = [
                lane.refers_by_package(),
                lane.confirms_by_package(),
                lane.is_free_of_duties(),
                lane.demands_invoice_total(),
            ];
            assert_eq!(told, expected, "{origin} to {destination}");
        }
    }
}
