//! Prices from a plain rule of zone, weight and service, with surcharges on top.
//!
//! ```text
//! package:  billable weight (the heavier of scale and size ÷ 139) ─► base by zone and service
//!           ─► ± modifier ─► + surcharges ─► + fuel
//! shipment: the packages' sum + what is charged once ─► published ─► × the account's percentage, negotiated
//! ```
//!
//! They are ours and only resemble UPS's: cheap when near and light, dear when far and fast.
//!
//! | code | for | when | amount in dollars |
//! | --- | --- | --- | --- |
//! | 100 | additional handling | over 50 lb, 48 in long, 30 in at the second side, 105 in of length and girth, a tube, or asked for | 28 |
//! | 377 | large package | over 96 in long or 130 in of length and girth, or asked for; at least 90 lb are billed | 115, residential 135 |
//! | 120, 121 | signature of the package, of the shipment | asked for | 6.35, of an adult 7.70 |
//! | 270 | residential | the ship-to says so | 5.65, by air 6.10 |
//! | 376 | delivery area | ZIP code ends in 80–89; `Extended` 90–99; `Remote` Alaska and Hawaii | 4.10; 6.30; 14 |
//! | 300 | Saturday delivery | asked for | 16 a package |
//! | 400 | declared value | over 100 | 1.35 a hundred, at least 4.05 |
//! | 250, 260, 280, 290, 350 | return label: printed, mailed, one and three attempts, by e-mail | return service 9, 2, 3, 5, 8 | 1, 3.50, 6.75, 8.25, 1 |
//! | 378 | duties paid by the shipper or a third party | charge type 02 | 20 |
//! | 375 | fuel | always, not on 378 and 400 | [`Manners::fuel_per_mille`](super::Manners) |

use rust_decimal::{Decimal, RoundingStrategy};

use super::Manners;
use super::asked::{Asked, Package, Payer};
use super::geography::{Hub, zone};
use super::service::Service;

/// An itemized charge: UPS's charge code, its finer distinction, the amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) code: &'static str,
    pub(crate) sub_type: Option<&'static str>,
    pub(crate) amount: Decimal,
}

impl Item {
    fn new(code: &'static str, cents: i64) -> Self {
        Self { code, sub_type: None, amount: Decimal::new(cents, 2) }
    }

    fn with(code: &'static str, sub_type: &'static str, cents: i64) -> Self {
        Self { sub_type: Some(sub_type), ..Self::new(code, cents) }
    }

    /// A service that was asked for, not a part of carrying the parcel.
    fn is_option(&self) -> bool {
        !matches!(self.code, "270" | "375" | "376")
    }
}

/// What makes a lane cheaper or dearer than its zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Modifier {
    pub(crate) kind: &'static str,
    pub(crate) words: &'static str,
    pub(crate) amount: Decimal,
}

/// What one package costs.
#[derive(Debug, Clone)]
pub(crate) struct PackagePrice {
    pub(crate) base: Decimal,
    pub(crate) modifier: Option<Modifier>,
    /// What UPS itemizes for the package.
    pub(crate) items: Vec<Item>,
    /// In the unit the package was weighed in.
    pub(crate) billing_weight: Decimal,
    /// What is billed for it but itemized for the shipment.
    residential: Decimal,
}

impl PackagePrice {
    pub(crate) fn options(&self) -> Decimal {
        self.items.iter().filter(|item| item.is_option()).map(|item| item.amount).sum()
    }

    pub(crate) fn total(&self) -> Decimal {
        let modifier = self.modifier.as_ref().map_or(Decimal::ZERO, |modifier| modifier.amount);
        self.base + modifier + self.residential + self.items.iter().map(|item| item.amount).sum::<Decimal>()
    }
}

/// What a shipment costs, published or negotiated.
#[derive(Debug, Clone)]
pub(crate) struct Price {
    pub(crate) currency: &'static str,
    pub(crate) packages: Vec<PackagePrice>,
    /// What is charged once for the shipment.
    once: Vec<Item>,
    pub(crate) zone: u32,
    pub(crate) weight_unit: &'static str,
    /// The taxes' names and rates in hundredths of a percent.
    taxes: Vec<(&'static str, u32)>,
}

impl Price {
    /// The published price of `asked` by `service`.
    pub(crate) fn published(asked: &Asked, service: &Service, manners: &Manners) -> Self {
        let zone = zone_between(asked);
        let currency = currency_of(&asked.shipper.country);
        let packages = asked.packages.iter().map(|package| price_package(package, asked, service, zone, manners));
        let metric = asked.packages.first().is_some_and(|package| package.weight_unit == "KGS");
        let price = Self {
            currency,
            packages: packages.collect(),
            once: once(asked),
            zone,
            weight_unit: if metric { "KGS" } else { "LBS" },
            taxes: taxes(asked),
        };
        price.scaled(dollars_in(currency))
    }

    /// The account's own price, when it asked for one and has one.
    pub(crate) fn negotiated(&self, asked: &Asked, manners: &Manners) -> Option<Self> {
        let percent = manners.negotiated().filter(|_| asked.negotiated && !asked.shipper_number.is_empty())?;
        let share = Decimal::new(percent.into(), 2);
        let parts = self.clone().scaled(share);
        // What rounding every part gains or loses is the base's, so that the total is the share.
        let rest = cents(self.total() * share) - parts.total();
        Some(parts.shifted(rest))
    }

    pub(crate) fn base(&self) -> Decimal {
        self.packages.iter().map(|package| package.base).sum()
    }

    pub(crate) fn options(&self) -> Decimal {
        let once: Decimal = self.once.iter().map(|item| item.amount).sum();
        self.packages.iter().map(PackagePrice::options).sum::<Decimal>() + once
    }

    pub(crate) fn total(&self) -> Decimal {
        let once: Decimal = self.once.iter().map(|item| item.amount).sum();
        self.packages.iter().map(PackagePrice::total).sum::<Decimal>() + once
    }

    pub(crate) fn billing_weight(&self) -> Decimal {
        self.packages.iter().map(|package| package.billing_weight).sum()
    }

    /// What UPS itemizes for the shipment as a whole. The rest stands with the packages, and nothing
    /// stands in both places.
    pub(crate) fn items(&self) -> Vec<Item> {
        let residential: Decimal = self.packages.iter().map(|package| package.residential).sum();
        let first = Item { code: "270", sub_type: None, amount: residential };
        std::iter::once(first).filter(|item| !item.amount.is_zero()).chain(self.once.iter().cloned()).collect()
    }

    /// The taxes by name.
    pub(crate) fn taxes(&self) -> Vec<(&'static str, Decimal)> {
        let total = self.total();
        self.taxes.iter().map(|(name, rate)| (*name, cents(total * Decimal::new((*rate).into(), 4)))).collect()
    }

    pub(crate) fn total_with_taxes(&self) -> Decimal {
        self.total() + self.taxes().iter().map(|(_, amount)| *amount).sum::<Decimal>()
    }

    /// The first package dearer by `delta`, so that what is charged differs from what was quoted.
    pub(crate) fn shifted(mut self, delta: Decimal) -> Self {
        if let Some(first) = self.packages.first_mut() {
            first.base += delta;
        }
        self
    }

    fn scaled(mut self, by: Decimal) -> Self {
        let scale = |amount: &mut Decimal| *amount = cents(*amount * by);
        for package in &mut self.packages {
            scale(&mut package.base);
            scale(&mut package.residential);
            package.items.iter_mut().for_each(|item| scale(&mut item.amount));
            if let Some(modifier) = &mut package.modifier {
                scale(&mut modifier.amount);
            }
        }
        self.once.iter_mut().for_each(|item| scale(&mut item.amount));
        self
    }
}

/// The ground zone between origin and ship-to.
pub(crate) fn zone_between(asked: &Asked) -> u32 {
    let hub = |party: &super::asked::Party| Hub::serving(&party.country, &party.state, &party.postal);
    zone(hub(asked.origin()).miles_to(&hub(&asked.ship_to)))
}

/// Packages, counted from 1, on which additional handling was set although nobody asked for it.
pub(crate) fn handled_unasked(asked: &Asked) -> Vec<usize> {
    let set = |package: &Package| !package.additional_handling && !is_large(package) && needs_handling(package);
    asked.packages.iter().zip(1..).filter(|(package, _)| set(package)).map(|(_, number)| number).collect()
}

fn price_package(package: &Package, asked: &Asked, service: &Service, zone: u32, manners: &Manners) -> PackagePrice {
    let metric = package.weight_unit == "KGS";
    let pounds = billable_pounds(package);
    let step = Decimal::from(zone.saturating_sub(2));
    let ground = Decimal::new(890, 2)
        + step * Decimal::new(62, 2)
        + (pounds - Decimal::ONE) * (Decimal::new(32, 2) + step * Decimal::new(7, 2));
    let base = cents(ground * Decimal::new(service.factor.into(), 2));
    let modifier = modifier(asked, base);
    let residential = match (asked.ship_to.residential, service.flies()) {
        (false, _) => Decimal::ZERO,
        (true, true) => Decimal::new(610, 2),
        (true, false) => Decimal::new(565, 2),
    };
    let mut items = surcharges(package, asked);
    let moved = modifier.as_ref().map_or(Decimal::ZERO, |modifier| modifier.amount);
    let fuelled = base + moved + residential + items.iter().map(|item| item.amount).sum::<Decimal>();
    let amount = cents(fuelled * Decimal::new(manners.fuel_per_mille.into(), 3));
    items.push(Item { code: "375", sub_type: None, amount });
    items.extend(insurance(package));
    let billing_weight = if metric { (pounds / Decimal::new(220_462, 5)).round_dp(1) } else { pounds };
    PackagePrice { base, modifier, items, billing_weight, residential }
}

/// Two percent less within 150 miles of home, where the rule needs an example.
fn modifier(asked: &Asked, base: Decimal) -> Option<Modifier> {
    let home = asked.lane() == ("US", "US") && asked.origin().state == asked.ship_to.state;
    let amount = cents(base * Decimal::new(-2, 2));
    (home && zone_between(asked) == 2).then_some(Modifier { kind: "DTM", words: "Destination Modifier", amount })
}

fn surcharges(package: &Package, asked: &Asked) -> Vec<Item> {
    let mut items = Vec::new();
    if is_large(package) {
        items.push(Item::new("377", if asked.ship_to.residential { 13_500 } else { 11_500 }));
    } else if package.additional_handling || needs_handling(package) {
        items.push(Item::new("100", 2_800));
    }
    match package.confirmation.as_deref() {
        Some("3") => items.push(Item::with("120", "Adult", 770)),
        Some(_) => items.push(Item::new("120", 635)),
        None => {}
    }
    items.extend(delivery_area(asked));
    items
}

fn delivery_area(asked: &Asked) -> Option<Item> {
    let to = &asked.ship_to;
    let last: u32 = to.postal.get(3..5)?.parse().ok()?;
    match (&*to.country, &*to.state, last) {
        ("US", "AK" | "HI", _) => Some(Item::with("376", "Remote", 1_400)),
        ("US", _, 90..) => Some(Item::with("376", "Extended", 630)),
        ("US", _, 80..) => Some(Item::with("376", "Rural", 410)),
        _ => None,
    }
}

fn insurance(package: &Package) -> Option<Item> {
    let over = package.declared.as_ref().map(|declared| declared.value - Decimal::ONE_HUNDRED)?;
    let hundreds = (over / Decimal::ONE_HUNDRED).ceil();
    let amount = cents(hundreds * Decimal::new(135, 2)).max(Decimal::new(405, 2));
    (over > Decimal::ZERO).then_some(Item { code: "400", sub_type: Some("EVS"), amount })
}

fn is_large(package: &Package) -> bool {
    let long = package.inches().is_some_and(|sides| sides[0] > Decimal::from(96));
    package.large || long || package.length_and_girth() > Decimal::from(130)
}

fn needs_handling(package: &Package) -> bool {
    let bulky = package.inches().is_some_and(|sides| sides[0] > Decimal::from(48) || sides[1] > Decimal::from(30));
    let heavy = package.pounds() > Decimal::from(50);
    heavy || bulky || package.length_and_girth() > Decimal::from(105) || package.packaging == "03"
}

fn once(asked: &Asked) -> Vec<Item> {
    let mut items = Vec::new();
    match asked.options.confirmation.as_deref() {
        Some("2") => items.push(Item::with("121", "Adult", 770)),
        Some(_) => items.push(Item::new("121", 635)),
        None => {}
    }
    if asked.options.saturday_delivery {
        let packages = i64::try_from(asked.packages.len()).unwrap_or(200);
        items.push(Item::new("300", 1_600 * packages));
    }
    match asked.return_service.as_deref() {
        Some("9") => items.push(Item::new("250", 100)),
        Some("2") => items.push(Item::new("260", 350)),
        Some("3") => items.push(Item::new("280", 675)),
        Some("5") => items.push(Item::new("290", 825)),
        Some("8") => items.push(Item::new("350", 100)),
        _ => {}
    }
    let duties = asked.charge("02").filter(|_| !asked.is_qualified_domestic());
    if let Some(Payer::Shipper { .. } | Payer::ThirdParty { .. }) = duties.and_then(|charge| charge.payer()) {
        items.push(Item::new("378", 2_000));
    }
    items
}

/// Within Canada, when asked for: the harmonised tax of the destination, or the federal one.
fn taxes(asked: &Asked) -> Vec<(&'static str, u32)> {
    if !asked.wants_taxes || asked.lane() != ("CA", "CA") {
        return Vec::new();
    }
    match &*asked.ship_to.state {
        "ON" => vec![("HST", 1_300)],
        "NB" | "NL" | "NS" | "PE" => vec![("HST", 1_500)],
        "QC" => vec![("GST", 500), ("QST", 998)],
        _ => vec![("GST", 500)],
    }
}

/// The heavier of scale and size, whole pounds, at least one; a large package counts ninety.
fn billable_pounds(package: &Package) -> Decimal {
    let by_size =
        package.inches().map_or(Decimal::ZERO, |[length, width, height]| length * width * height / Decimal::from(139));
    let least = if is_large(package) { Decimal::from(90) } else { Decimal::ONE };
    package.pounds().max(by_size).ceil().max(least)
}

fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn currency_of(country: &str) -> &'static str {
    match country {
        "US" | "PR" => "USD",
        "CA" => "CAD",
        "MX" => "MXN",
        "GB" => "GBP",
        country if super::asked::is_in_eu(country) => "EUR",
        _ => "USD",
    }
}

/// Units of a currency in a dollar, near enough.
fn dollars_in(currency: &str) -> Decimal {
    match currency {
        "CAD" => Decimal::new(136, 2),
        "MXN" => Decimal::from(18),
        "GBP" => Decimal::new(78, 2),
        "EUR" => Decimal::new(92, 2),
        _ => Decimal::ONE,
    }
}
