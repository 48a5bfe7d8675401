//! Who pays: exactly one payer for each kind of charge, and one UPS can bill.

use super::super::Manners;
use super::super::asked::{Asked, Charge, Payer};
use super::super::geography::state_of_zip;
use super::party::is_canadian;
use super::{Checked, refuse, require};

pub(super) fn all(asked: &Asked, manners: &Manners) -> Checked {
    require(!asked.charges.is_empty(), "120400", "Missing or invalid payment information")?;
    require(asked.charges.len() <= 3, "120400", "No more than three shipment charges can be given")?;
    for charge in &asked.charges {
        require(matches!(&*charge.kind, "01" | "02" | "03"), "120400", "Missing or invalid shipment charge type")?;
        let twice = asked.charges.iter().filter(|other| other.kind == charge.kind).count() > 1;
        require(!twice, "120416", "A single billing option is required for each shipment charge type")?;
        require(!charge.payers.is_empty(), "121537", "A payer is required when specifying a shipment charge")?;
        require(charge.payers.len() == 1, "121529", "A single payment method is required per shipment charge")?;
    }
    let transportation = asked.charge("01");
    require(transportation.is_some(), "121527", "The payer of transportation charges is required")?;
    asked.charges.iter().try_for_each(|charge| payer(charge, asked, manners))?;
    split(asked)
}

fn payer(charge: &Charge, asked: &Asked, manners: &Manners) -> Checked {
    let transportation = charge.kind == "01";
    match charge.payer() {
        Some(Payer::Shipper { account, by_card }) => {
            let own = *account == asked.shipper_number || (*by_card && account.is_empty());
            require(own, "120415", "Bill shipper account number must equal the shipper number")
        }
        Some(Payer::Receiver { account, postal }) => {
            if transportation && asked.is_return() {
                let code = if asked.is_international() { "121536" } else { "121526" };
                return refuse(code, "The receiver cannot pay the transportation charges of a return");
            }
            billable(account, manners)?;
            // A return's receiver is the shipper; in either case the account lies where the goods go.
            address(account, postal, &asked.ship_to.country, manners)
        }
        Some(Payer::ThirdParty { account, postal, country }) => {
            require(country.len() == 2, "120430", "Missing or invalid country code of billed third party")?;
            billable(account, manners)?;
            address(account, postal, country, manners)
        }
        Some(Payer::Consignee) => {
            require(transportation, "121521", "The consignee can only be billed for transportation charges")?;
            let home = |country| matches!(country, "US" | "PR");
            let (from, to) = asked.lane();
            require(home(from) && home(to), "120125", "Consignee billing is only supported in US or Puerto Rico")?;
            require(!asked.is_return(), "121526", "The consignee cannot pay the transportation charges of a return")
        }
        None => refuse("121537", "A payer is required when specifying a shipment charge"),
    }
}

fn billable(account: &str, manners: &Manners) -> Checked {
    let right = account.len() == 6 && account.bytes().all(|c| c.is_ascii_alphanumeric());
    require(right, "120412", "The account number of the payer is missing or invalid")?;
    let closed = manners.unbillable_accounts.iter().any(|one| one.eq_ignore_ascii_case(account));
    require(!closed, "120413", "The UPS account number provided as the payment method cannot be billed")
}

/// United States and Canadian accounts are proved by their postal code; elsewhere none is asked for.
fn address(account: &str, postal: &str, country: &str, manners: &Manners) -> Checked {
    let right = match country {
        "US" | "PR" => {
            let digits = matches!(postal.len(), 5 | 9) && postal.bytes().all(|c| c.is_ascii_digit());
            digits && state_of_zip(postal).is_some()
        }
        "CA" => is_canadian(postal),
        _ => true,
    };
    let registered = manners.payer_postal_codes.get(account);
    let matches = registered.is_none_or(|known| known.replace([' ', '-'], "").eq_ignore_ascii_case(postal));
    require(right && matches, "120437", "Missing or invalid postal code of the payment account")
}

/// Splitting duty and tax needs two different payers and goods that pay duty.
fn split(asked: &Asked) -> Checked {
    if !asked.splits_duty {
        return Ok(());
    }
    let duties = asked.charge("02").and_then(Charge::payer);
    require(duties.is_some() && !asked.is_qualified_domestic(), "121531", "Invalid SplitDutyVATIndicator")?;
    let same = duties == asked.charge("01").and_then(Charge::payer);
    require(!same, "121534", "The payers of transportation and of duty and tax must not be the same")
}

/// Rating only minds an account that cannot be one.
pub(super) fn rated(asked: &Asked) -> Checked {
    let Some(charge) = asked.charge("01") else { return Ok(()) };
    let right = match charge.payer() {
        Some(Payer::Shipper { account, by_card }) => *by_card || *account == asked.shipper_number,
        Some(Payer::Receiver { account, .. } | Payer::ThirdParty { account, .. }) => account.len() == 6,
        Some(Payer::Consignee) => true,
        None => false,
    };
    require(right, "111580", "Missing or invalid account number in the payment details")
}
