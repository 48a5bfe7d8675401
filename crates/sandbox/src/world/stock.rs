//! What the distributor sells: sixty stock codes with their mass.
//!
//! The mass of one stocking unit is in pounds; the database does not say so, it is the company's
//! convention. A few codes have no mass, one is too heavy for any parcel, two are kits whose
//! parent line weighs nothing because its components do.

use rust_decimal::Decimal;

use super::table::{Fields, Tables};

/// A stock code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    /// The code.
    pub code: &'static str,
    /// Its description.
    pub description: &'static str,
    /// Mass of one unit in thousandths of a pound; zero = nobody has entered it.
    pub milli_pounds: i64,
    /// Price of one unit in cents.
    pub cents: i64,
}

impl Stock {
    /// Mass of one unit in pounds; `None` when nobody has entered it.
    #[must_use]
    pub fn mass(&self) -> Option<Decimal> {
        (self.milli_pounds != 0).then(|| Decimal::new(self.milli_pounds, 3))
    }

    /// Volume of one unit in cubic feet, as the stock master has it: this company's goods weigh
    /// about forty pounds to the cubic foot.
    #[must_use]
    pub fn volume(&self) -> Decimal {
        (Decimal::new(self.milli_pounds, 3) / Decimal::from(40)).round_dp(6)
    }

    /// Harmonised tariff heading and subheading, by what kind of goods it is.
    #[must_use]
    pub fn tariff_code(&self) -> &'static str {
        let class = self.code.split('-').next().unwrap_or_default();
        TARIFF.iter().find(|(it, ..)| *it == class).map_or("", |(_, code, _)| code)
    }

    /// Country it was made in, three letters.
    #[must_use]
    pub fn origin(&self) -> &'static str {
        let class = self.code.split('-').next().unwrap_or_default();
        TARIFF.iter().find(|(it, ..)| *it == class).map_or("USA", |(.., origin)| origin)
    }
}

/// Product class, tariff subheading, country of origin.
const TARIFF: [(&str, &str, &str); 17] = [
    ("PMP", "8413.70", "USA"),
    ("MTR", "8501.40", "MEX"),
    ("VLV", "8481.80", "USA"),
    ("FIT", "7412.20", "USA"),
    ("HSE", "4009.31", "USA"),
    ("CLP", "7326.90", "TWN"),
    ("GSK", "8484.10", "USA"),
    ("SEA", "8484.20", "CAN"),
    ("BRG", "8482.10", "JPN"),
    ("GAU", "9026.20", "DEU"),
    ("FLT", "8421.99", "USA"),
    ("TNK", "7310.10", "USA"),
    ("TAP", "3920.99", "USA"),
    ("SWT", "8536.50", "USA"),
    ("SPR", "8413.91", "USA"),
    ("KIT", "8413.91", "USA"),
    ("MSC", "4901.99", "USA"),
];

/// Every stock code, weighed or not.
#[must_use]
pub fn all() -> &'static [Stock] {
    STOCK
}

/// A stock code by its name.
#[must_use]
pub fn find(code: &str) -> Option<&'static Stock> {
    STOCK.iter().find(|it| it.code == code)
}

/// Codes that go into parcels without trouble: weighed, and none heavier than 40 lb.
pub fn parcel_stock() -> impl Iterator<Item = &'static Stock> {
    STOCK.iter().filter(|it| (1..=40_000).contains(&it.milli_pounds))
}

/// Codes without a mass.
pub fn weightless() -> impl Iterator<Item = &'static Stock> {
    STOCK.iter().filter(|it| it.milli_pounds == 0 && !it.code.starts_with("KIT-"))
}

/// A code of more than 150 lb, more than any parcel may weigh.
pub const TOO_HEAVY: &str = "PMP-9000";

/// A kit: its parent line carries no mass of its own.
pub const KIT: &str = "KIT-0100";

/// What the kit consists of, with quantities for one kit.
pub const KIT_PARTS: [(&str, i64); 3] = [("VLV-2010", 2), ("FIT-1075", 4), ("TAP-0001", 1)];

pub(crate) fn fill(tables: &mut Tables) {
    for stock in STOCK {
        let kit = if stock.code.starts_with("KIT-") { "S" } else { "N" };
        tables.put(
            "InvMaster",
            Fields::new()
                .text("StockCode", stock.code)
                .text("Description", stock.description)
                .text("StockUom", "EA")
                .text("AlternateUom", "EA")
                .text("OtherUom", "EA")
                .number("ConvFactAltUom", 1)
                .text("ConvMulDiv", "M")
                .number("Mass", stock.mass().unwrap_or_default())
                .number("Decimals", 0)
                .number("Volume", stock.volume())
                .text("TariffCode", stock.tariff_code())
                .text("CountryOfOrigin", stock.origin())
                .text("Supplier", "SUP000")
                .text("KitType", kit)
                .text("ProductClass", &stock.code[..3]),
        );
    }
}

const fn sold(code: &'static str, description: &'static str, milli_pounds: i64, cents: i64) -> Stock {
    Stock { code, description, milli_pounds, cents }
}

const STOCK: &[Stock] = &[
    sold("PMP-1020", "Transfer pump 1/2 hp cast iron", 18_500, 24_900),
    sold("PMP-1040", "Transfer pump 1 hp cast iron", 27_250, 38_900),
    sold("PMP-1060", "Transfer pump 1-1/2 hp stainless", 33_000, 61_500),
    sold("PMP-2010", "Sump pump 1/3 hp submersible", 14_800, 17_400),
    sold("PMP-2020", "Sump pump 1/2 hp submersible", 19_200, 22_900),
    sold("PMP-3005", "Diaphragm pump 1/2 in polypropylene", 9_600, 48_000),
    sold("PMP-3010", "Diaphragm pump 1 in aluminum", 23_400, 79_900),
    sold("PMP-4001", "Hand drum pump, rotary", 8_100, 8_950),
    sold("PMP-9000", "End suction pump 20 hp on steel base", 412_000, 489_000),
    sold("MTR-0050", "Motor 1/2 hp 1725 rpm TEFC", 21_000, 18_900),
    sold("MTR-0100", "Motor 1 hp 1725 rpm TEFC", 31_500, 24_500),
    sold("MTR-0200", "Motor 2 hp 1740 rpm TEFC", 38_750, 32_900),
    sold("VLV-1005", "Ball valve 1/2 in brass threaded", 625, 1_240),
    sold("VLV-1007", "Ball valve 3/4 in brass threaded", 940, 1_690),
    sold("VLV-1010", "Ball valve 1 in brass threaded", 1_450, 2_480),
    sold("VLV-1020", "Ball valve 2 in stainless", 5_300, 9_800),
    sold("VLV-2010", "Gate valve 1 in bronze", 2_200, 4_150),
    sold("VLV-2020", "Gate valve 2 in bronze", 6_700, 10_900),
    sold("VLV-3010", "Check valve 1 in bronze", 1_875, 3_720),
    sold("VLV-3020", "Check valve 2 in bronze", 5_100, 8_890),
    sold("VLV-4010", "Butterfly valve 4 in wafer", 11_300, 12_900),
    sold("VLV-4020", "Butterfly valve 6 in wafer", 17_900, 18_700),
    sold("VLV-5010", "Solenoid valve 1/2 in 120 V", 2_050, 8_400),
    sold("VLV-6010", "Pressure relief valve 1 in", 2_600, 7_350),
    sold("FIT-1050", "Elbow 90 deg 1/2 in brass", 190, 410),
    sold("FIT-1075", "Elbow 90 deg 3/4 in brass", 310, 620),
    sold("FIT-1100", "Elbow 90 deg 1 in brass", 520, 980),
    sold("FIT-2050", "Tee 1/2 in brass", 270, 590),
    sold("FIT-2075", "Tee 3/4 in brass", 430, 870),
    sold("FIT-3050", "Union 1/2 in brass", 330, 940),
    sold("FIT-3100", "Union 1 in brass", 810, 1_920),
    sold("FIT-4050", "Hex nipple 1/2 in brass, bag of 10", 850, 1_450),
    sold("FIT-5010", "Camlock coupling 1 in aluminum", 480, 1_180),
    sold("FIT-5020", "Camlock coupling 2 in aluminum", 1_150, 1_760),
    sold("HSE-1025", "Suction hose 1 in, 25 ft", 13_600, 7_900),
    sold("HSE-1525", "Suction hose 1-1/2 in, 25 ft", 19_900, 10_400),
    sold("HSE-2025", "Suction hose 2 in, 25 ft", 28_300, 13_900),
    sold("HSE-2050", "Discharge hose 2 in, 50 ft", 16_500, 6_900),
    sold("HSE-3010", "Air hose 3/8 in, 50 ft", 7_400, 4_590),
    sold("CLP-0010", "Hose clamp #10, box of 10", 550, 780),
    sold("CLP-0024", "Hose clamp #24, box of 10", 1_050, 1_120),
    sold("CLP-0040", "T-bolt clamp 2 in", 370, 890),
    sold("GSK-0100", "Flange gasket 1 in ring", 45, 310),
    sold("GSK-0200", "Flange gasket 2 in ring", 80, 440),
    sold("GSK-0400", "Flange gasket 4 in full face", 260, 980),
    sold("SEA-0058", "Mechanical seal 5/8 in", 150, 3_950),
    sold("SEA-0100", "Mechanical seal 1 in", 240, 5_800),
    sold("BRG-6203", "Ball bearing 6203-2RS", 150, 690),
    sold("BRG-6205", "Ball bearing 6205-2RS", 290, 940),
    sold("GAU-0100", "Pressure gauge 2-1/2 in 0-100 psi", 480, 1_980),
    sold("GAU-0300", "Pressure gauge 2-1/2 in 0-300 psi", 480, 1_980),
    sold("FLT-0010", "Cartridge filter 10 in 5 micron, case of 20", 12_400, 9_900),
    sold("FLT-0020", "Filter housing 20 in", 9_300, 7_450),
    sold("TNK-0020", "Pressure tank 20 gal vertical", 37_500, 21_900),
    sold("TAP-0001", "PTFE thread tape 1/2 in, roll", 60, 150),
    sold("SWT-0010", "Pressure switch 40-60 psi", 1_250, 3_490),
    sold("SWT-0020", "Float switch, wide angle", 0, 4_290),
    sold("SPR-0015", "Repair kit for PMP-3005", 0, 11_900),
    sold("KIT-0100", "Pump installation kit", 0, 14_900),
    sold("MSC-0001", "Technical manual binder", 0, 3_500),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_sixty_codes_few_without_a_mass() {
        assert_eq!(STOCK.len(), 60);
        assert_eq!(weightless().count(), 3);
        assert!(parcel_stock().count() > 50);
        assert!(find(TOO_HEAVY).and_then(Stock::mass).is_some_and(|it| it > Decimal::from(150)));
        assert!(KIT_PARTS.iter().all(|(code, _)| find(code).is_some()));
    }
}
