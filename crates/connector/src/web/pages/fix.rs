//! What a person can do about a hold, on the page that tells of it: one exhaustive match from the reason to the forms.
//!
//! Every form is a wish like those of the command line. What has to be corrected in SYSPRO is not offered here: the hold says so,
//! and the document is read again when somebody presses the button or the next poll sees it changed.

use maud::{Markup, html};
use shipment::address::Address;
use shipment::hold::{Hold, Reason};
use shipment::number::TrackingNumber;
use shipment::service::Service;
use shipment::state::State;

use super::super::frame::token;
use super::super::sessions::Visitor;
use super::row::address;
use crate::app::SiteRuntime;
use crate::engine::life::Life;
use crate::people::Right;
use crate::store::ShipmentRow;
use crate::wishing::Proposals;

/// Where a form is and where it leads back to.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) site: &'a SiteRuntime,
    pub(super) row: &'a ShipmentRow,
    /// The page that is shown afterwards.
    pub(super) back: &'a str,
}

/// The forms that settle a hold; nothing for somebody who may not ship.
pub(super) fn forms(around: Around<'_>, hold: &Hold) -> Markup {
    if !around.visitor.may(Right::Ship) {
        return html! {};
    }
    let again = || button(around, "retry", "Read it again and go on", "");
    let inside = match &hold.reason {
        Reason::AddressCorrected { .. } | Reason::AddressAmbiguous { .. } | Reason::AddressNotFound => {
            html! { (addresses(around)) (again()) }
        }
        Reason::MissingMass { .. }
        | Reason::BenchWeighs
        | Reason::Overweight { .. }
        | Reason::Oversize { .. }
        | Reason::TooManyPackages { .. } => html! { (weights(around)) (again()) },
        Reason::UnmappedShipVia { ship_via } => html! { (services(around)) (always(around, ship_via)) (again()) },
        Reason::ShipViaHold { .. } => html! { (services(around)) (again()) },
        Reason::OverSpend { quote, .. } => {
            html! { (button(around, "approve", &format!("Buy it for {quote}"), "primary")) (again()) }
        }
        Reason::HeldByPerson { .. } | Reason::ShipDateTooFar { .. } => {
            button(around, "release", "Release it", "primary")
        }
        Reason::MaybePrinted { .. } => html! {
            (button(around, "seen", "The label is out", "primary"))
            (button(around, "print", "Print it again", ""))
        },
        Reason::ChangedAfterBooking { .. } => html! {
            (button(around, "seen", "Let it go as it is", ""))
            (void(around))
        },
        Reason::VoidRefused { .. } => html! { (button(around, "seen", "Let it go", "")) (void(around)) },
        Reason::LateTwin { .. } if around.row.stage == "held" => {
            button(around, "release", "It is void or travels: release it", "primary")
        }
        Reason::LateTwin { .. } => button(around, "seen", "It is void or travels", "primary"),
        Reason::VoidedElsewhere | Reason::VoidedButScanned { .. } => button(around, "seen", "I have seen it", ""),
        Reason::WriteBackRefused { .. } => html! {
            (button(around, "retry", "Write it to SYSPRO again", "primary"))
            (button(around, "seen", "I have seen it", ""))
        },
        Reason::PatienceEnded { .. } | Reason::RejectedByUps { .. } => {
            button(around, "retry", "Try it again now", "primary")
        }
        Reason::NoPostalCode { .. }
        | Reason::NoLines
        | Reason::NoStreet
        | Reason::AddressIncomplete { .. }
        | Reason::PoBox { .. }
        | Reason::MilitaryAddress { .. }
        | Reason::NameTooLong { .. }
        | Reason::TextNotPrintable { .. }
        | Reason::NoPhone { .. }
        | Reason::CustomerOnHold { .. }
        | Reason::InSuspense { .. }
        | Reason::NoWorkingDay { .. }
        | Reason::NoGoodsValue { .. }
        | Reason::AlreadyShipped { .. }
        | Reason::NotReadable { .. } => again(),
    };
    html! { div.fix { (inside) } }
}

/// A form with one button.
pub(super) fn button(around: Around<'_>, action: &str, words: &str, kind: &str) -> Markup {
    html! {
        form.inline method="post" action={ (address(around.row)) "/" (action) } {
            (fields(around))
            button.(kind) type="submit" { (words) }
        }
        " "
    }
}

/// A form that asks for a reason first.
pub(super) fn with_reason(
    around: Around<'_>,
    action: &str,
    summary: &str,
    about: &str,
    words: &str,
    kind: &str,
) -> Markup {
    let id = format!("{action}-{}", around.row.id);
    html! {
        details {
            summary { (summary) }
            form method="post" action={ (address(around.row)) "/" (action) } {
                (fields(around))
                p.soft { (about) }
                label for=(id) { "Why" }
                input id=(id) name="reason" required maxlength="300" aria-describedby={ (id) "-hint" };
                p.hint id={ (id) "-hint" } { "Stands in the history with your name." }
                p.actions { button.(kind) type="submit" { (words) } }
            }
        }
    }
}

/// What every form of a shipment carries.
pub(super) fn fields(around: Around<'_>) -> Markup {
    html! { (token(around.visitor)) input type="hidden" name="back" value=(around.back); }
}

/// Voids it, with or without shipping it anew.
pub(super) fn void(around: Around<'_>) -> Markup {
    if !around.visitor.may(Right::Decide) {
        return html! { p.hint { "A supervisor can void the label." } };
    }
    let id = around.row.id.to_string();
    let state = Life::read(&around.row.state).ok().map(|it| it.state);
    let numbers: Vec<TrackingNumber> = match &state {
        Some(State::Booked(it)) => {
            let all = it.waybill.tracking_numbers.iter();
            all.filter(|number| !it.voided_packages.contains(number)).cloned().collect()
        }
        _ => Vec::new(),
    };
    html! {
        details {
            summary { "Void the label…" }
            form method="post" action={ (address(around.row)) "/void" } {
                (fields(around))
                label for={ "void-" (id) } { "Why" }
                input id={ "void-" (id) } name="reason" required maxlength="300";
                @if numbers.len() > 1 {
                    fieldset {
                        legend { "Only these packages" }
                        @for number in &numbers { label.check { input type="checkbox" name="package" value=(number); span.mono { (number) } } }
                        p.hint { "None ticked: the whole shipment. UPS voids single packages within a country only." }
                    }
                }
                label.check { input type="checkbox" name="restart" value="yes"; "ship the document anew once the label is void" }
                p.actions { button.danger type="submit" { "Void the label" } }
            }
        }
    }
}

/// A place as it would stand on the label.
pub(super) fn printed(to: &Address) -> Markup {
    html! {
        address {
            (to.name) br;
            @if let Some(attention) = &to.attention { (attention) br; }
            @for line in &to.lines { (line) br; }
            (to.city) ", " (to.state) " " (to.postal_code) " " (to.country)
        }
    }
}

fn addresses(around: Around<'_>) -> Markup {
    let proposals = match Proposals::of(&around.site.site, around.row) {
        Ok(proposals) => proposals,
        Err(error) => return html! { p.hint { (error) } },
    };
    let proposed =
        (1..=proposals.candidates.len()).filter_map(|number| proposals.choose(Some(number)).ok().zip(Some(number)));
    let written = &proposals.written;
    let id = |name: &str| format!("{name}-{}", around.row.id);
    html! {
        ul.choices {
            li {
                strong { "As the order says" }
                (printed(written))
                (choice(around, "as-written", "Keep it"))
            }
            @for (to, number) in proposed {
                li {
                    strong { "UPS proposes" }
                    (difference(written, &to))
                    (choice(around, &number.to_string(), "Take it"))
                }
            }
        }
        details {
            summary { "Type the address…" }
            form method="post" action={ (address(around.row)) "/address" } {
                (fields(around))
                input type="hidden" name="take" value="typed";
                @for (name, words, value) in [
                    ("name", "Name", written.name.clone()),
                    ("street", "Street", written.lines.join(", ")),
                    ("city", "City", written.city.clone()),
                    ("state", "State", written.state.clone()),
                    ("postal_code", "Postal code", written.postal_code.clone()),
                ] {
                    label for=(id(name)) { (words) }
                    input id=(id(name)) name=(name) value=(value) required[name != "state"] maxlength="105";
                }
                p.hint { "Parts of the street, such as a suite, are divided by commas. It is remembered for this customer and this text of the order; SYSPRO is not changed." }
                p.actions { button.primary type="submit" { "Ship it there" } }
            }
        }
    }
}

fn choice(around: Around<'_>, take: &str, words: &str) -> Markup {
    html! {
        form method="post" action={ (address(around.row)) "/address" } {
            (fields(around))
            input type="hidden" name="take" value=(take);
            p.actions { button type="submit" { (words) } }
        }
    }
}

/// The proposed place with what differs marked; the mark is also told in words.
pub(super) fn difference(was: &Address, now: &Address) -> Markup {
    let part = |was: &str, now: &str| {
        html! {
            @if was == now { (now) } @else {
                span.was { span.unseen { "instead of " } (was) } " " span.now { (now) }
            }
        }
    };
    html! {
        address {
            (part(&was.name, &now.name)) br;
            (part(&was.lines.join(", "), &now.lines.join(", "))) br;
            (part(&was.city, &now.city)) ", " (part(&was.state, &now.state)) " " (part(&was.postal_code, &now.postal_code)) " " (part(&was.country, &now.country))
        }
    }
}

/// Boxes and weights as they stand on the scale.
pub(super) fn weights(around: Around<'_>) -> Markup {
    let id = |name: &str| format!("{name}-{}", around.row.id);
    let unit = around.site.site.mass_unit.to_string();
    html! {
        form method="post" action={ (address(around.row)) "/ship" } {
            (fields(around))
            (weight_fields(around.site, &id("weight"), &id("boxes"), &id("box"), &unit))
            p.actions { button.primary type="submit" { "Ship with these weights" } }
        }
    }
}

/// The fields of a scale, used by the station too.
pub(super) fn weight_fields(site: &SiteRuntime, weight: &str, boxes: &str, box_name: &str, unit: &str) -> Markup {
    html! {
        div.filters {
            div {
                label for=(weight) { "Weight of each package, in " (unit) }
                input id=(weight) name="weights" inputmode="decimal" autocomplete="off" placeholder="12.4" aria-describedby={ (weight) "-hint" };
                p.hint id={ (weight) "-hint" } { "Several packages: 12.4 8.1 9" }
            }
            div {
                label for=(boxes) { "Boxes, if all weigh the same" }
                input id=(boxes) name="boxes" inputmode="numeric" autocomplete="off" placeholder="1";
            }
            @if !site.site.packing.boxes.is_empty() {
                div {
                    label for=(box_name) { "Box" }
                    select id=(box_name) name="box" {
                        option value="" { "as planned" }
                        @for it in &site.site.packing.boxes { option value=(it.name) { (it.name) " (" (it.dimensions) ")" } }
                    }
                }
            }
        }
    }
}

/// Says once and for all what a ship-via means; for those who may change settings.
fn always(around: Around<'_>, ship_via: &str) -> Markup {
    let id = format!("always-{}", around.row.id);
    html! {
        @if around.visitor.may(Right::Administer) {
            details {
                summary { "Say what \"" (ship_via) "\" always means…" }
                form method="post" action={ (address(around.row)) "/ship-via" } {
                    (fields(around))
                    label for=(id) { "It always means" }
                    select id=(id) name="service" required {
                        option value="" { "choose a service" }
                        @for service in Service::known() { option value=(service.code()) { (service) } }
                    }
                    p.hint { "A rule is added to the site's settings, as a new version, and everything that waits for this ship-via goes on." }
                    p.actions { button.primary type="submit" { "Remember it" } }
                }
            }
        } @else { p.hint { "An administrator can say here what this ship-via always means." } }
    }
}

fn services(around: Around<'_>) -> Markup {
    let id = format!("service-{}", around.row.id);
    html! {
        form method="post" action={ (address(around.row)) "/service" } {
            (fields(around))
            label for=(id) { "Ship it by" }
            select id=(id) name="service" required {
                option value="" { "choose a service" }
                @for service in Service::known() { option value=(service.code()) { (service) } }
            }
            p.actions { button.primary type="submit" { "Ship it so" } }
        }
    }
}
