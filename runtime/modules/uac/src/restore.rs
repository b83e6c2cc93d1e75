//! Requests inside a call: each side sees the addresses that it knows.

use sipc_engine::dialogs::{DialogEvent, DialogHook, Party};
use sipc_engine::log::Level;
use sipc_engine::{Context, Text};
use sipc_sip::Params;

use crate::replace::{self, Place, mark, new_name};
use crate::{Parameters, Side, code};

/// Puts From back, as the Route parameter says.
pub fn uac_restore_from(cx: &mut Context) -> i32 {
    restore_at_hand(cx, Side::From)
}

/// Puts To back, as the Route parameter says.
pub fn uac_restore_to(cx: &mut Context) -> i32 {
    restore_at_hand(cx, Side::To)
}

fn restore_at_hand(cx: &mut Context, side: Side) -> i32 {
    let Some(params) = sipc_mod_rr::route_params(cx) else { return -1 };
    restore(cx, side, &params).map_or(-1, |()| 1)
}

/// `loose_route` took a Route of ours: with restore_mode auto both are put back.
pub fn on_route_taken(cx: &mut Context, params: &[u8]) {
    for side in [Side::From, Side::To] {
        restore(cx, side, params);
    }
}

/// What was From on the way of the INVITE is To in requests of the callee.
fn header_of(side: Side, downstream: bool) -> Side {
    if downstream { side } else { side.other() }
}

fn restore(cx: &mut Context, side: Side, params: &[u8]) -> Option<()> {
    let worker = cx.worker.clone();
    let parameters = worker.shared.state::<Parameters>()?;
    let param = Params::of_uri(params).value(parameters.param(side).as_bytes())?;
    let downstream = sipc_mod_rr::is_downstream(cx);
    let header = header_of(side, downstream);
    let message = cx.message.clone();
    let place = Place::of(&message, header)?;
    // the new address stands in the parameter with its brackets
    let known = if downstream { place.uri.clone() } else { place.bracketed.clone() };
    let Some(text) = code::decode(param, message.bytes().get(known)?, &parameters.password) else {
        cx.log(Level::Error, "uac:restore_uri", format_args!("the Route parameter does not fit the request"));
        return None;
    };
    let gone = if downstream { place.bracketed } else { place.uri };
    cx.edits.replace(gone, text);
    mark(cx, header);
    Some(())
}

/// A request inside a call that keeps the addresses.
pub fn on_dialog(hook: &mut DialogHook<'_>) {
    if !matches!(hook.event, DialogEvent::RequestWithin | DialogEvent::Terminated) {
        return;
    }
    let (Some(to), Some(cx)) = (hook.to, hook.context.as_deref_mut()) else { return };
    let Some(parameters) = hook.worker.shared.state::<Parameters>() else { return };
    let downstream = to == Party::Callee;
    for side in [Side::From, Side::To] {
        let name = if downstream { new_name(side) } else { parameters.param(side).as_bytes() };
        // both are there, or nothing was replaced
        let replaced = hook.dialog.value(new_name(side)).is_some();
        let value = hook.dialog.value(name).and_then(|v| v.text()).filter(|_| replaced);
        let header = header_of(side, downstream);
        if let Some(value) = value
            && !replace::change(cx, |r| r.has(header))
        {
            put(cx, header, value, downstream);
        }
    }
}

fn put(cx: &mut Context, header: Side, text: Text, downstream: bool) {
    let message = cx.message.clone();
    let Some(place) = Place::of(&message, header) else { return };
    cx.edits.replace(if downstream { place.bracketed } else { place.uri }, text);
    mark(cx, header);
}
