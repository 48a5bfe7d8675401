//! Packing: from lines and masses to packages.
//!
//! ```text
//! bench weighed? ─► its packages ───────────────────────────────┐
//! lines × mass ─► the heaviest first, into the first package ────┴─► within UPS's limits? ─► packages
//!     │ no mass        that still takes it                              │ no
//!     └─► Hold, a default, or the bench                                 └─► Hold
//! ```
//!
//! What the bench put on the scale beats every reckoning. A reckoned package is a plan by mass alone: SYSPRO
//! keeps no dimensions of goods, so nothing here pretends to know what fits into a box.

use std::cmp::Reverse;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::document::{Document, Line, LineKind};
use crate::hold::{Hold, Reason};
use crate::measure::{Dimensions, LengthUnit, MassUnit, Weight};
use crate::number::StockCode;

/// How a site packs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// The unit of SYSPRO's masses, and of the packages that come out.
    pub mass_unit: MassUnit,
    /// The heaviest package the site makes, packaging included.
    pub max_package_weight: Weight,
    /// The boxes the site has, for the bench to choose from.
    pub boxes: Vec<BoxSize>,
    /// The box every reckoned package is assumed to be; without one packages have no dimensions.
    pub default_box: Option<BoxSize>,
    /// What to do with stock that has no mass.
    pub missing_weight: MissingWeight,
}

/// A box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxSize {
    /// What the warehouse calls it.
    pub name: String,
    /// Its size.
    pub dimensions: Dimensions,
    /// The heaviest it may be when full, itself included.
    pub max_weight: Option<Weight>,
    /// What it weighs empty.
    pub tare: Option<Weight>,
}

/// What to do with stock that has no mass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingWeight {
    /// Ask for it.
    Hold,
    /// Take this for each unit.
    Default(Weight),
    /// Let the bench weigh the packages.
    Bench,
}

/// What the bench packed and weighed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bench {
    /// The packages on the bench.
    pub packages: Vec<Weighed>,
}

/// One package on the bench.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighed {
    /// What the scale said, packaging included.
    pub weight: Weight,
    /// Its size, when the bench measured or chose a box; else the default box's.
    pub dimensions: Option<Dimensions>,
    /// The box's name, when the bench chose one.
    pub box_name: Option<String>,
}

/// One package of a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// What it weighs, packaging included.
    pub weight: Weight,
    /// How large it is, when known.
    pub dimensions: Option<Dimensions>,
    /// Which box it is, when known.
    pub box_name: Option<String>,
}

impl From<Weight> for Weighed {
    fn from(weight: Weight) -> Self {
        Self { weight, dimensions: None, box_name: None }
    }
}

/// The most packages UPS takes in one shipment.
pub const MAX_PACKAGES: usize = 200;

/// UPS: a package weighs at most 150 lb (70 kg where kilograms are declared).
pub fn heaviest(unit: MassUnit) -> Weight {
    match unit {
        MassUnit::Pound => Weight::new(Decimal::from(150), unit),
        MassUnit::Kilogram => Weight::new(Decimal::from(70), unit),
    }
}

/// Packs a document: what the bench weighed where it did, else reckoned from masses.
///
/// All packages are in the site's mass unit.
///
/// # Errors
/// A hold when nothing ships, a mass is missing, or a package would be heavier, larger or one more than allowed.
pub fn pack(document: &Document, rules: &Rules, bench: Option<&Bench>) -> Result<Vec<Package>, Hold> {
    let lines = goods(document)?;
    let packages = match bench {
        Some(bench) => weighed(bench, rules)?,
        None => reckoned(&lines, rules)?,
    };
    for package in &packages {
        check(package)?;
    }
    Ok(packages)
}

/// The lines that go into packages. A kit's parent is only the heading of its components, unless the document
/// has no components.
fn goods(document: &Document) -> Result<Vec<&Line>, Hold> {
    let ships: Vec<&Line> = document.lines.iter().filter(|line| line.ships()).collect();
    for line in &ships {
        if let LineKind::Other(kind) = &line.kind {
            let what = format!("line {} is of the unknown type \"{kind}\"", line.number);
            return Err(Reason::NotReadable { what }.into());
        }
        if line.quantity_to_ship.is_sign_negative() {
            let what = format!("line {} ships the negative quantity {}", line.number, line.quantity_to_ship);
            return Err(Reason::NotReadable { what }.into());
        }
    }
    let (parents, parts): (Vec<&Line>, Vec<&Line>) =
        ships.into_iter().partition(|line| line.kind == LineKind::KitParent);
    match (parents.is_empty(), parts.is_empty()) {
        (true, true) => Err(Reason::NoLines.into()),
        (false, true) => Ok(parents),
        (_, false) => Ok(parts),
    }
}

fn weighed(bench: &Bench, rules: &Rules) -> Result<Vec<Package>, Hold> {
    if bench.packages.is_empty() {
        return Err(Reason::BenchWeighs.into());
    }
    not_too_many(bench.packages.len())?;
    let package = |weighed: &Weighed| match weighed.weight.to(rules.mass_unit) {
        weight if weight.value <= Decimal::ZERO => {
            Err(Reason::NotReadable { what: format!("the bench weighed {}", weighed.weight) }.into())
        }
        weight if weighed.dimensions.is_some() || weighed.box_name.is_some() => {
            Ok(Package { weight, dimensions: weighed.dimensions, box_name: weighed.box_name.clone() })
        }
        weight => Ok(in_default_box(weight, rules)),
    };
    bench.packages.iter().map(package).collect()
}

/// First fit, heaviest units first. Units are whole; what a quantity has beyond whole units is one piece.
fn reckoned(lines: &[&Line], rules: &Rules) -> Result<Vec<Package>, Hold> {
    let tare = rules.tare();
    let max = rules.max_weight();
    let room = max.value - tare.value;
    let mut pieces = masses(lines, rules)?;
    pieces.sort_by_key(|it| Reverse(it.mass));
    let mut loads: Vec<Decimal> = Vec::new();
    for Pieces { mass, mut count } in pieces {
        if mass > room {
            let weight = Weight::new(mass + tare.value, rules.mass_unit);
            return Err(Reason::Overweight { weight, max }.into());
        }
        for load in &mut loads {
            let fits = times(room - *load, mass).min(count);
            *load += fits * mass;
            count -= fits;
        }
        let per_package = times(room, mass);
        let further = (count / per_package).ceil().to_usize().unwrap_or(usize::MAX);
        not_too_many(loads.len().saturating_add(further))?;
        while count > Decimal::ZERO {
            let fits = per_package.min(count);
            loads.push(fits * mass);
            count -= fits;
        }
    }
    let package = |load: Decimal| in_default_box(Weight::new(load + tare.value, rules.mass_unit), rules);
    Ok(loads.into_iter().map(package).collect())
}

/// How often a mass goes into a room.
fn times(room: Decimal, mass: Decimal) -> Decimal {
    room.checked_div(mass).unwrap_or(Decimal::MAX).floor()
}

/// So many equal pieces of so much mass each, in the site's mass unit.
struct Pieces {
    mass: Decimal,
    count: Decimal,
}

fn masses(lines: &[&Line], rules: &Rules) -> Result<Vec<Pieces>, Hold> {
    let mut pieces = Vec::with_capacity(lines.len());
    let mut missing: Vec<StockCode> = Vec::new();
    for line in lines {
        let Some(mass) = unit_mass(line, rules) else {
            missing.extend(line.stock_code.clone().filter(|code| !missing.contains(code)));
            continue;
        };
        let whole = line.quantity_to_ship.floor();
        let rest = line.quantity_to_ship - whole;
        pieces.push(Pieces { mass, count: whole });
        pieces.push(Pieces { mass: mass * rest, count: Decimal::ONE });
    }
    if pieces.len() < 2 * lines.len() {
        return Err(match rules.missing_weight {
            MissingWeight::Bench => Reason::BenchWeighs.into(),
            MissingWeight::Hold | MissingWeight::Default(_) => Reason::MissingMass { stock_codes: missing }.into(),
        });
    }
    pieces.retain(|it| it.mass > Decimal::ZERO && it.count > Decimal::ZERO);
    Ok(pieces)
}

/// SYSPRO holds zero where nobody maintained a mass.
fn unit_mass(line: &Line, rules: &Rules) -> Option<Decimal> {
    let default = match &rules.missing_weight {
        MissingWeight::Default(weight) => Some(weight.to(rules.mass_unit).value),
        MissingWeight::Hold | MissingWeight::Bench => None,
    };
    line.unit_mass.filter(|mass| *mass > Decimal::ZERO).or(default).filter(|mass| *mass > Decimal::ZERO)
}

fn in_default_box(weight: Weight, rules: &Rules) -> Package {
    let size = rules.default_box.as_ref();
    Package { weight, dimensions: size.map(|size| size.dimensions), box_name: size.map(|size| size.name.clone()) }
}

impl Rules {
    /// What the default box weighs empty.
    fn tare(&self) -> Weight {
        let tare = self.default_box.as_ref().and_then(|size| size.tare);
        tare.unwrap_or(Weight::zero(self.mass_unit)).to(self.mass_unit)
    }

    /// The heaviest a reckoned package may be: the site's limit, the default box's, UPS's, whichever is least.
    fn max_weight(&self) -> Weight {
        let of_box = self.default_box.as_ref().and_then(|size| size.max_weight);
        let limits = [Some(self.max_package_weight), of_box].into_iter().flatten();
        limits
            .map(|limit| limit.to(self.mass_unit))
            .fold(heaviest(self.mass_unit), |least, limit| if least.exceeds(limit) { limit } else { least })
    }
}

fn not_too_many(count: usize) -> Result<(), Hold> {
    if count > MAX_PACKAGES {
        return Err(Reason::TooManyPackages { count, max: MAX_PACKAGES }.into());
    }
    Ok(())
}

/// UPS's own limits: weight, 108 in of length, 165 in of length plus girth.
fn check(package: &Package) -> Result<(), Hold> {
    let max = heaviest(package.weight.unit);
    if package.weight.exceeds(max) {
        return Err(Reason::Overweight { weight: package.weight, max }.into());
    }
    let Some(dimensions) = package.dimensions else { return Ok(()) };
    let inches = dimensions.to(LengthUnit::Inch);
    if inches.longest() > Decimal::from(108) || inches.length_and_girth() > Decimal::from(165) {
        return Err(Reason::Oversize { dimensions }.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::sample::{dec, line, order};

    fn pounds(text: &str) -> Weight {
        Weight::new(dec(text), MassUnit::Pound)
    }

    fn carton() -> BoxSize {
        let [length, width, height] = ["16", "12", "10"].map(dec);
        BoxSize {
            name: "carton".to_owned(),
            dimensions: Dimensions { length, width, height, unit: LengthUnit::Inch },
            max_weight: Some(pounds("40")),
            tare: Some(pounds("1")),
        }
    }

    fn rules() -> Rules {
        Rules {
            mass_unit: MassUnit::Pound,
            max_package_weight: pounds("50"),
            boxes: vec![carton()],
            default_box: None,
            missing_weight: MissingWeight::Hold,
        }
    }

    fn holding(lines: Vec<Line>) -> Document {
        Document { lines, ..order() }
    }

    fn weights(packed: Result<Vec<Package>, Hold>) -> Vec<String> {
        packed.expect("it can be packed").iter().map(|it| it.weight.to_string()).collect()
    }

    fn hold(packed: Result<Vec<Package>, Hold>) -> &'static str {
        packed.expect_err("it cannot be packed").code()
    }

    #[test]
    fn a_small_order_goes_in_one_package() {
        assert_eq!(weights(pack(&order(), &rules(), None)), ["12 lb"]);
    }

    #[test]
    fn the_default_box_adds_its_own_weight_and_size_and_limits_the_load() {
        let rules = Rules { default_box: Some(carton()), ..rules() };
        let packed = pack(&holding(vec![line(1, "B100", dec("13"), Some(dec("6")))]), &rules, None);
        let packages = packed.expect("it can be packed");
        let told: Vec<String> = packages.iter().map(|it| it.weight.to_string()).collect();
        assert_eq!(told, ["37 lb", "37 lb", "7 lb"]);
        assert!(packages.iter().all(|it| it.box_name.as_deref() == Some("carton") && it.dimensions.is_some()));
    }

    #[test]
    fn what_the_bench_weighed_beats_every_reckoning() {
        let bench = Bench { packages: vec![pounds("8").into(), Weight::new(dec("2"), MassUnit::Kilogram).into()] };
        assert_eq!(weights(pack(&order(), &rules(), Some(&bench))), ["8 lb", "4.409245 lb"]);
        let empty = Bench { packages: Vec::new() };
        assert_eq!(hold(pack(&order(), &rules(), Some(&empty))), "bench_weighs");
        let too_much = Bench { packages: vec![pounds("151").into()] };
        assert_eq!(hold(pack(&order(), &rules(), Some(&too_much))), "overweight");
        let nothing = Bench { packages: vec![pounds("0").into()] };
        assert_eq!(hold(pack(&order(), &rules(), Some(&nothing))), "not_readable");
    }

    /// SYSPRO holds zero where nobody maintained a mass.
    #[test]
    fn stock_without_a_mass_is_named_or_weighed_or_taken_for_the_default() {
        let document = holding(vec![
            line(1, "B100", dec("2"), Some(dec("4"))),
            line(2, "A200", dec("4"), Some(dec("0"))),
            line(3, "C300", dec("1"), None),
        ]);
        let with = |missing_weight| pack(&document, &Rules { missing_weight, ..rules() }, None);
        let named = with(MissingWeight::Hold).expect_err("two have no mass");
        assert!(named.words().contains("A200, C300"), "{}", named.words());
        assert_eq!(hold(with(MissingWeight::Bench)), "bench_weighs");
        assert_eq!(weights(with(MissingWeight::Default(pounds("0.5")))), ["10.5 lb"]);
    }

    #[test]
    fn one_thing_too_heavy_for_a_package_is_a_hold() {
        let document = holding(vec![line(1, "ENGINE", dec("1"), Some(dec("51")))]);
        let hold = pack(&document, &rules(), None).expect_err("it is too heavy");
        assert_eq!(hold.reason, Reason::Overweight { weight: pounds("51"), max: pounds("50") });
    }

    #[test]
    fn more_packages_than_ups_takes_are_a_hold_even_when_they_are_millions() {
        let document = |quantity| holding(vec![line(1, "B100", dec(quantity), Some(dec("30")))]);
        assert_eq!(weights(pack(&document("200"), &rules(), None)).len(), 200);
        assert_eq!(hold(pack(&document("201"), &rules(), None)), "too_many_packages");
        assert_eq!(hold(pack(&document("999999999999"), &rules(), None)), "too_many_packages");
    }

    #[test]
    fn freight_and_comment_lines_weigh_nothing_and_alone_they_are_no_shipment() {
        let comment = Line { kind: LineKind::Comment, ..line(9, "X", dec("1"), None) };
        let mut document = order();
        document.lines.push(comment.clone());
        assert_eq!(weights(pack(&document, &rules(), None)), ["12 lb"]);
        assert_eq!(hold(pack(&holding(vec![comment]), &rules(), None)), "no_lines");
        let later = line(1, "B100", dec("0"), Some(dec("4")));
        assert_eq!(hold(pack(&holding(vec![later]), &rules(), None)), "no_lines");
    }

    #[test]
    fn a_kit_weighs_what_its_components_weigh() {
        let kit = Line { kind: LineKind::KitParent, ..line(1, "KIT", dec("1"), Some(dec("9"))) };
        let parts = line(2, "B100", dec("2"), Some(dec("4")));
        assert_eq!(weights(pack(&holding(vec![kit.clone(), parts]), &rules(), None)), ["8 lb"]);
        assert_eq!(weights(pack(&holding(vec![kit]), &rules(), None)), ["9 lb"]);
    }

    #[test]
    fn a_line_of_unknown_type_is_asked_about_and_not_left_behind() {
        let odd = Line { kind: LineKind::Other("3".to_owned()), ..line(4, "B100", dec("1"), Some(dec("4"))) };
        assert_eq!(hold(pack(&holding(vec![odd]), &rules(), None)), "not_readable");
    }

    #[test]
    fn a_box_larger_than_ups_takes_is_a_hold() {
        let side = |length: &str| Dimensions { length: dec(length), ..carton().dimensions };
        let bench = |dimensions| Bench {
            packages: vec![Weighed { weight: pounds("9"), dimensions: Some(dimensions), box_name: None }],
        };
        assert_eq!(hold(pack(&order(), &rules(), Some(&bench(side("109"))))), "oversize");
        let thick = Dimensions { width: dec("30"), height: dec("30"), ..side("46") };
        assert_eq!(hold(pack(&order(), &rules(), Some(&bench(thick)))), "oversize");
        assert!(pack(&order(), &rules(), Some(&bench(side("108")))).is_ok());
    }

    proptest! {
        #[test]
        fn packing_never_exceeds_the_maximum_and_loses_no_mass(
            lines in prop::collection::vec((1_i64..60_000, 1_i64..38_000), 1..8),
            tare in 0_i64..3_000,
        ) {
            let lines: Vec<Line> = lines.iter().zip(1..).map(|((quantity, mass), number)| {
                line(number, "B100", Decimal::new(*quantity, 3), Some(Decimal::new(*mass, 3)))
            }).collect();
            let total: Decimal = lines.iter().map(|it| it.quantity_to_ship * it.unit_mass.unwrap_or_default()).sum();
            let tare = Weight::new(Decimal::new(tare, 3), MassUnit::Pound);
            let rules = Rules { default_box: Some(BoxSize { tare: Some(tare), ..carton() }), ..rules() };
            match pack(&holding(lines), &rules, None) {
                Ok(packages) => {
                    let packed: Decimal = packages.iter().map(|it| it.weight.value - tare.value).sum();
                    prop_assert_eq!(packed, total);
                    prop_assert!(packages.iter().all(|it| !it.weight.exceeds(pounds("40"))));
                    prop_assert!(packages.len() <= MAX_PACKAGES);
                }
                Err(hold) => prop_assert!(matches!(hold.code(), "overweight" | "too_many_packages")),
            }
        }
    }
}
