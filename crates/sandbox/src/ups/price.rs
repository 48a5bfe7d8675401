//! Prices from a plain rule of zone, weight and service; fuel and residential on top.
//!
//! ```text
//! each package: billable weight (scale or size ÷ 139) ─► base ─► + residential ─► + options ─► + fuel
//! shipment: the packages' sum, published; × the account's percentage, negotiated
//! ```
//!
//! They are invented and only resemble UPS's: cheap when near and light, dear when far and fast.

use rust_decimal::{Decimal, RoundingStrategy};

use super::asked::{Asked, Package};
use super::geography::{Hub, zone};
use super::service::Service;

/// An itemized charge: UPS's charge code and the amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) code: &'static str,
    pub(crate) amount: Decimal,
}

impl Item {
    fn is_of_shipment(&self) -> bool {
        self.code == "270"
    }
}

/// What one package costs, published.
#[derive(Debug, Clone)]
pub(crate) struct PackagePrice {
    pub(crate) base: Decimal,
    pub(crate) items: Vec<Item>,
    /// In the unit the package was weighed in.
    pub(crate) billing_weight: Decimal,
}

impl PackagePrice {
    /// What UPS itemizes for the package.
    pub(crate) fn own_items(&self) -> Vec<Item> {
        self.items.iter().filter(|item| !item.is_of_shipment()).cloned().collect()
    }

    pub(crate) fn options(&self) -> Decimal {
        self.items.iter().filter(|item| matches!(item.code, "120" | "400")).map(|item| item.amount).sum()
    }

    pub(crate) fn total(&self) -> Decimal {
        self.base + self.items.iter().map(|item| item.amount).sum::<Decimal>()
    }
}

/// What a shipment costs.
#[derive(Debug, Clone)]
pub(crate) struct Price {
    pub(crate) currency: &'static str,
    pub(crate) packages: Vec<PackagePrice>,
    /// The account's own total, when it was asked for and the account has one.
    pub(crate) negotiated: Option<Decimal>,
    pub(crate) zone: u32,
    pub(crate) weight_unit: &'static str,
}

impl Price {
    /// Prices `asked` by `service`. `percent` is the account's share of the published price.
    pub(crate) fn of(asked: &Asked, service: &Service, percent: Option<u32>) -> Self {
        let zone = zone_between(asked);
        let packages: Vec<PackagePrice> =
            asked.packages.iter().map(|package| price_package(package, asked, service, zone)).collect();
        let metric = asked.packages.first().is_some_and(|package| package.weight_unit == "KGS");
        let mut price = Self {
            currency: currency_of(&asked.shipper.country),
            packages,
            negotiated: None,
            zone,
            weight_unit: if metric { "KGS" } else { "LBS" },
        };
        price.negotiated =
            percent.filter(|_| asked.negotiated).map(|percent| cents(price.total() * Decimal::new(percent.into(), 2)));
        price
    }

    pub(crate) fn base(&self) -> Decimal {
        self.packages.iter().map(|package| package.base).sum()
    }

    pub(crate) fn options(&self) -> Decimal {
        self.packages.iter().map(PackagePrice::options).sum()
    }

    pub(crate) fn total(&self) -> Decimal {
        self.packages.iter().map(PackagePrice::total).sum()
    }

    pub(crate) fn billing_weight(&self) -> Decimal {
        self.packages.iter().map(|package| package.billing_weight).sum()
    }

    /// What UPS itemizes for the shipment as a whole: the residential charge. The rest stands with
    /// the packages, and nothing stands in both places.
    pub(crate) fn items(&self) -> Vec<Item> {
        let residential = self.packages.iter().flat_map(|package| &package.items).filter(|item| item.is_of_shipment());
        let amount: Decimal = residential.map(|item| item.amount).sum();
        if amount.is_zero() { Vec::new() } else { vec![Item { code: "270", amount }] }
    }

    /// Every amount moved by `delta`, so that what is charged differs from what was quoted.
    pub(crate) fn shifted(mut self, delta: Decimal) -> Self {
        if let Some(first) = self.packages.first_mut() {
            first.base += delta;
        }
        self.negotiated = self.negotiated.map(|amount| amount + delta);
        self
    }
}

/// The ground zone between origin and ship-to.
pub(crate) fn zone_between(asked: &Asked) -> u32 {
    let hub = |party: &super::asked::Party| Hub::serving(&party.country, &party.state, &party.postal);
    zone(hub(asked.origin()).miles_to(&hub(&asked.ship_to)))
}

fn price_package(package: &Package, asked: &Asked, service: &Service, zone: u32) -> PackagePrice {
    let metric = package.weight_unit == "KGS";
    let pounds = billable_pounds(package);
    let step = Decimal::from(zone.saturating_sub(2));
    let ground = Decimal::new(890, 2)
        + step * Decimal::new(62, 2)
        + (pounds - Decimal::ONE) * (Decimal::new(32, 2) + step * Decimal::new(7, 2));
    let base = cents(ground * Decimal::new(service.factor.into(), 2));
    let mut items = Vec::new();
    if asked.ship_to.residential {
        items.push(Item { code: "270", amount: Decimal::new(if service.flies() { 610 } else { 565 }, 2) });
    }
    if package.signature {
        items.push(Item { code: "120", amount: Decimal::new(635, 2) });
    }
    if let Some(over) = package.declared.map(|value| value - Decimal::ONE_HUNDRED).filter(|over| *over > Decimal::ZERO)
    {
        let hundreds = (over / Decimal::ONE_HUNDRED).ceil();
        items.push(Item { code: "400", amount: cents(hundreds * Decimal::new(135, 2)) });
    }
    let before_fuel = base + items.iter().map(|item| item.amount).sum::<Decimal>();
    items.push(Item { code: "375", amount: cents(before_fuel * Decimal::new(185, 3)) });
    let billing_weight = if metric { (pounds / Decimal::new(220_462, 5)).round_dp(1) } else { pounds };
    PackagePrice { base, items, billing_weight }
}

/// The heavier of scale and size, whole pounds, at least one.
fn billable_pounds(package: &Package) -> Decimal {
    let by_size =
        package.inches().map_or(Decimal::ZERO, |[length, width, height]| length * width * height / Decimal::from(139));
    package.pounds().max(by_size).ceil().max(Decimal::ONE)
}

fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn currency_of(country: &str) -> &'static str {
    match country {
        "CA" => "CAD",
        "MX" => "MXN",
        _ => "USD",
    }
}
