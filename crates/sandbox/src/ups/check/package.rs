//! Count, packaging, units, weight, size and declared value of the packages.

use rust_decimal::Decimal;

use super::super::asked::{Asked, For, Package};
use super::super::service::Service;
use super::{Checked, refuse, require, shared};

/// The most a package may be declared to be worth, in dollars.
const MOST_DECLARED: i64 = 50_000;

pub(super) fn all(asked: &Asked, service: &Service, call: For) -> Checked {
    let code = |rule| shared(call, rule);
    require(!asked.packages.is_empty(), &code("0600"), "At least one package is required")?;
    let most = asked.packages.len() <= 200;
    let too_many = if call == For::Ship { "120020" } else { "110003" };
    require(most, too_many, "The maximum number of packages has been exceeded")?;
    asked.packages.iter().try_for_each(|one| package(one, asked, service, call))?;
    let letters = asked.packages.iter().filter(|one| one.is_letter()).count();
    require(letters <= 1 || asked.packages.len() == 1, &code("1375"), "A letter shipment has only one package")?;
    let mixed = |unit: fn(&Package) -> &str| {
        let mut units: Vec<&str> = asked.packages.iter().map(unit).filter(|unit| !unit.is_empty()).collect();
        units.dedup();
        units.len() > 1
    };
    require(!mixed(|one| &one.dimension_unit), &code("0528"), "A shipment has one unit of measurement for dimensions")?;
    require(!mixed(|one| &one.weight_unit), &code("0529"), "A shipment has one unit of measurement for weight")?;
    declared(asked, call)
}

fn package(package: &Package, asked: &Asked, service: &Service, call: For) -> Checked {
    let code = |rule| shared(call, rule);
    packaging(package, asked, service, call)?;
    require(package.description.chars().count() <= 35, &code("0623"), "Invalid package description")?;
    units(package, &asked.shipper.country, service, call)?;
    if !package.is_letter() || package.has_weight {
        require(package.has_weight, &code("0608"), "Package weight is required")?;
        let Some(weight) = package.weight else {
            return refuse(&code("0601"), "Missing or invalid package weight");
        };
        let metric = package.weight_unit == "KGS";
        let nothing = if metric { "1031" } else { "1030" };
        require(weight > Decimal::ZERO, &code(nothing), "Packages must weigh more than zero")?;
        let (most, rule, words) = if metric {
            (Decimal::from(70), "1036", "The maximum per package weight is 70 kilograms")
        } else {
            (Decimal::from(150), "1035", "The maximum per package weight is 150 pounds")
        };
        require(package.weight_unit == "OZS" || weight <= most, &code(rule), words)?;
    }
    let Some(sides) = package.inches() else { return Ok(()) };
    require(sides.iter().all(|side| *side > Decimal::ZERO), &code("0602"), "Missing or invalid package dimensions")?;
    let metric = matches!(&*package.dimension_unit, "CM" | "00");
    // 270 and 330 centimetres are a little less than 108 and 165 inches.
    let scale = if metric { Decimal::new(254, 2) } else { Decimal::ONE };
    let (longest, girth) = if metric { (270, 330) } else { (108, 165) };
    let fits = sides[0] * scale <= Decimal::from(longest);
    let rule = if metric { "1055" } else { "1056" };
    require(fits, &code(rule), "Package exceeds the maximum length of 108 inches or 270 centimetres")?;
    let fits = package.length_and_girth() * scale <= Decimal::from(girth);
    require(fits, &code("1050"), "Package exceeds the maximum size of 165 inches or 330 centimetres")
}

/// UPS's own packaging flies; the metric boxes only abroad, pallets by freight services only.
fn packaging(package: &Package, asked: &Asked, service: &Service, call: For) -> Checked {
    let code = |rule| shared(call, rule);
    let kind = package.packaging.as_str();
    require(!kind.is_empty(), &code("0600"), "Missing or invalid package type")?;
    let fits = match kind {
        "02" => true,
        "00" => call == For::Rating,
        "01" | "03" | "04" | "21" | "2a" | "2b" | "2c" => service.flies(),
        "24" | "25" => matches!(service.code, "07" | "54" | "65") && asked.is_international(),
        _ => return refuse(&code("0600"), "Missing or invalid package type"),
    };
    require(fits, &code("1510"), "The package type is not supported with the selected service")
}

/// United States and Puerto Rico weigh in pounds, Canada either way, everybody else in kilograms.
fn units(package: &Package, country: &str, service: &Service, call: For) -> Checked {
    let weights: &[&str] = match country {
        "US" | "PR" if service.weighs_ounces() => &["LBS", "OZS"],
        "US" | "PR" => &["LBS"],
        "CA" => &["LBS", "KGS"],
        _ => &["KGS"],
    };
    let known = weights.contains(&&*package.weight_unit) || (package.is_letter() && !package.has_weight);
    require(known, &shared(call, "0546"), "Unit of measurement for weight is not valid for the shipper's country")?;
    if package.dimensions.is_none() {
        return Ok(());
    }
    let metric = match &*package.dimension_unit {
        "IN" | "01" => false,
        "CM" | "00" => true,
        _ => return refuse(&shared(call, "0547"), "Missing or invalid unit of measurement for dimensions"),
    };
    let agrees = metric == (package.weight_unit == "KGS");
    require(agrees, &shared(call, "0548"), "A shipment cannot have KGS/IN or LBS/CM as its units of measurement")
}

fn declared(asked: &Asked, call: For) -> Checked {
    let all: Vec<_> = asked.packages.iter().filter_map(|package| package.declared.as_ref()).collect();
    for one in &all {
        require(one.value >= Decimal::ZERO, &shared(call, "0604"), "Invalid package declared value")?;
        let within = one.value <= Decimal::from(MOST_DECLARED);
        require(within, &shared(call, "1025"), "The maximum declared amount of 50,000 is exceeded")?;
    }
    let one_currency = all.windows(2).all(|two| two[0].currency == two[1].currency);
    require(one_currency, &shared(call, "0527"), "Cannot use multiple types of currency in a shipment")?;
    let kind = |text: &str| if text.is_empty() { "01".to_owned() } else { text.to_owned() };
    let one_kind = all.windows(2).all(|two| kind(&two[0].kind) == kind(&two[1].kind));
    require(one_kind, &shared(call, "9085"), "Cannot combine declared value and shipper declared value in a shipment")
}
