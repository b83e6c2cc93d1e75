//! From and To replaced in requests, and put back in the replies.

use std::ops::Range;

use sipc_engine::dialogs::Dialog;
use sipc_engine::hooks::{Relayed, TransactionEvent, TransactionHook};
use sipc_engine::log::Level;
use sipc_engine::tm::Transaction;
use sipc_engine::{Context, Text, Value};
use sipc_interface::RouteKind;
use sipc_sip::{HeaderKind, Message, NameAddr};

use crate::{Parameters, Restore, Side, code};

/// The value of a call that replaces twice.
const TWICE: i32 = -10;

/// What was replaced in a request; belongs to its transaction.
#[derive(Debug, Clone, Default)]
pub struct Replaced {
    /// Headers that differ from those that were received.
    from: bool,
    to: bool,
    /// Headers that the main route has replaced.
    main_from: bool,
    main_to: bool,
    /// Original URIs that were replaced for one branch only.
    branches: Vec<(usize, Side, Text)>,
}

impl Replaced {
    /// Whether a header differs.
    pub fn has(&self, side: Side) -> bool {
        if side == Side::From { self.from } else { self.to }
    }
}

/// Changes what is known of the request at hand.
pub fn change<R>(cx: &mut Context, f: impl FnOnce(&mut Replaced) -> R) -> R {
    match &cx.transaction {
        Some(t) => f(t.script.lock().extensions.get_or_default::<Replaced>()),
        None => f(cx.extensions.get_or_default::<Replaced>()),
    }
}

/// From now on a header differs: replies get the original one.
pub fn mark(cx: &mut Context, side: Side) {
    change(cx, |r| match side {
        Side::From => r.from = true,
        Side::To => r.to = true,
    });
}

/// Replaces From.
pub fn uac_replace_from(cx: &mut Context, display: Option<Text>, uri: Text) -> i32 {
    replace(cx, Side::From, display, &uri)
}

/// Replaces To.
pub fn uac_replace_to(cx: &mut Context, display: Option<Text>, uri: Text) -> i32 {
    replace(cx, Side::To, display, &uri)
}

fn replace(cx: &mut Context, side: Side, display: Option<Text>, uri: &Text) -> i32 {
    let twice = change(cx, |r| if side == Side::From { r.main_from } else { r.main_to });
    if twice {
        cx.log(Level::Error, "uac:replace", format_args!("the header was replaced before"));
        return TWICE;
    }
    if cx.route_kind == RouteKind::Request {
        change(cx, |r| if side == Side::From { r.main_from = true } else { r.main_to = true });
    }
    let message = cx.message.clone();
    let Some(place) = Place::of(&message, side) else { return -1 };
    let worker = cx.worker.clone();
    let Some(parameters) = worker.shared.state::<Parameters>() else { return -1 };
    if parameters.mode == Restore::Auto && !uri.is_empty() && message.to_tag().is_some() {
        let text = format_args!("inside a call nothing is replaced, with restore_mode auto");
        cx.log(Level::Error, "uac:replace", text);
        return -1;
    }
    if let Some(display) = display {
        set_display(cx, &place, &quoted(display), uri.is_empty());
    }
    if uri.is_empty() {
        return 1;
    }
    let new = Text::from([b"<", &uri[..], b">"].concat());
    cx.edits.replace(place.bracketed.clone(), new.clone());
    if parameters.mode == Restore::No {
        return 1;
    }
    let old = message.bytes().slice(place.uri.clone());
    if remember(cx, parameters, side, &old, &new).is_none() {
        return -1;
    }
    mark(cx, side);
    1
}

/// Where the parts of a header are.
pub struct Place {
    /// The display name; empty when there is none.
    display: Range<usize>,
    /// The URI.
    pub uri: Range<usize>,
    /// The URI with its brackets, if it has some.
    pub bracketed: Range<usize>,
    /// From the display name to the end of the URI, brackets included.
    whole: Range<usize>,
}

impl Place {
    /// Those of From or To; `None` when the header is missing or broken.
    pub fn of(message: &Message, side: Side) -> Option<Place> {
        let kind = if side == Side::From { HeaderKind::From } else { HeaderKind::To };
        let header = message.find(kind)?;
        let name = NameAddr::parse(header.value()).ok()?;
        let uri = message.range_of(name.uri_text)?;
        let mut bracketed = uri.clone();
        if name.bracketed {
            let (text, value) = (message.bytes(), header.value_range());
            bracketed.start = text[value.start..uri.start].iter().rposition(|c| *c == b'<')? + value.start;
            bracketed.end = text[uri.end..value.end].iter().position(|c| *c == b'>')? + uri.end + 1;
        }
        let display = match name.display.is_empty() {
            true => bracketed.start..bracketed.start,
            false => message.range_of(name.display)?,
        };
        let whole = display.start.min(bracketed.start)..bracketed.end;
        Some(Place { display, uri, bracketed, whole })
    }
}

/// Puts a display name before the URI, or takes it away.
fn set_display(cx: &mut Context, place: &Place, display: &[u8], keeps_uri: bool) {
    if !place.display.is_empty() {
        cx.edits.replace(place.display.clone(), display.to_vec());
        return;
    }
    if display.is_empty() {
        return;
    }
    if place.bracketed != place.uri {
        cx.edits.insert(place.bracketed.start, [display, b" "].concat());
    } else if keeps_uri {
        cx.edits.insert(place.uri.start, [display, b" <"].concat());
        cx.edits.insert(place.uri.end, ">");
    } else {
        cx.edits.insert(place.uri.start, display.to_vec());
    }
}

/// A display name that is no token gets quotes.
fn quoted(display: Text) -> Text {
    let token = |c: &u8| c.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(c);
    let in_quotes = display.len() >= 2 && display.starts_with(b"\"") && display.ends_with(b"\"");
    if in_quotes || display.iter().all(token) {
        return display;
    }
    Text::from([b"\"", &display[..], b"\""].concat())
}

/// Keeps both addresses with the call, or in a Route parameter.
fn remember(cx: &mut Context, parameters: &Parameters, side: Side, old: &Text, new: &Text) -> Option<()> {
    let worker = cx.worker.clone();
    if parameters.mode == Restore::Auto
        && let Some(dialogs) = &worker.shared.dialogs
    {
        let known = dialogs.current(cx);
        let dialog = match known {
            None if parameters.force_dialog => Some(dialogs.create(cx)?),
            known => known,
        };
        if let Some(dialog) = dialog {
            return keep_with_call(cx, &*dialog, parameters, side, old, new);
        }
    }
    let param = code::encode(old, new, &parameters.password)?;
    sipc_mod_rr::add_rr_param(cx, format!(";{}={param}", parameters.param(side)).into());
    Some(())
}

fn keep_with_call(
    cx: &mut Context,
    dialog: &dyn Dialog,
    parameters: &Parameters,
    side: Side,
    old: &Text,
    new: &Text,
) -> Option<()> {
    match cx.branch_index.filter(|_| cx.route_kind == RouteKind::Branch) {
        // which branch answers is not known yet
        Some(branch) => change(cx, |r| r.branches.push((branch, side, old.clone()))),
        None => {
            let name = parameters.param(side).as_bytes();
            dialog.set_value(name, Some(Value::Text(old.clone()))).then_some(())?;
        }
    }
    dialog.set_value(new_name(side), Some(Value::Text(new.clone()))).then_some(())
}

/// The name of the value with the new address.
pub fn new_name(side: Side) -> &'static [u8] {
    if side == Side::From { b"739823" } else { b"739824" }
}

/// Replies get the headers that the request came with.
pub fn on_relayed(hook: &mut Relayed<'_>) {
    let replaced = hook.transaction.script.lock().extensions.get::<Replaced>().map(|r| (r.from, r.to));
    let Some((from, to)) = replaced else { return };
    for (side, wanted) in [(Side::From, from), (Side::To, to)] {
        let request = &hook.transaction.request;
        if wanted
            && let Some(original) = Place::of(request, side)
            && let Some(place) = Place::of(hook.message, side)
        {
            hook.edits.replace(place.whole, request.bytes().slice(original.whole));
        }
    }
}

/// The branch that answers decides which address the caller's side has.
pub fn on_event(hook: &TransactionHook<'_>) {
    let success = hook.event == TransactionEvent::ReplyLeaving && (200..300).contains(&hook.code);
    if success && let Some(branch) = hook.branch {
        answered(hook, hook.transaction, branch);
    }
}

fn answered(hook: &TransactionHook<'_>, t: &Transaction, branch: usize) {
    let shared = &hook.worker.shared;
    let branches = t.script.lock().extensions.get::<Replaced>().map(|r| r.branches.clone());
    let (Some(branches), Some(dialogs), Some(parameters)) =
        (branches.filter(|b| !b.is_empty()), &shared.dialogs, shared.state::<Parameters>())
    else {
        return;
    };
    let Some(dialog) = dialogs.of_transaction(t) else { return };
    for (_, side, old) in branches.into_iter().filter(|(b, ..)| *b == branch) {
        let name = parameters.param(side).as_bytes();
        if !dialog.set_value(name, Some(Value::Text(old))) {
            shared.log.message(Level::Error, "uac", format_args!("the call keeps too many values"));
        }
    }
}
