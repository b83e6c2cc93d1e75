//! `sst`: session timers (RFC 4028). Calls whose INVITE has a flag of the script last as long as their session timer
//! says; each refresh gives them as much again.
//!
//! What was agreed on is kept with the call, as the value `sst_info`: the seconds, and who supports timers.
#![forbid(unsafe_code)]

use std::rc::Rc;
use std::sync::Arc;

use sipc_engine::dialogs::{Dialog, DialogEvent, DialogHook};
use sipc_engine::hooks::Relayed;
use sipc_engine::log::Level;
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::statistics::Counter;
use sipc_engine::worker::Worker;
use sipc_engine::{Context, Text, Value};
use sipc_sip::{Edits, Message, Method};

mod headers;

use headers::Timers;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "sst", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::sst::MODULE;
    plain { sstCheckMin(Option<i32>) }
    waiting {}
}

/// The shortest timer that RFC 4028 allows.
const SHORTEST: u32 = 90;
/// The value that is kept with calls.
const KEPT: &[u8] = b"sst_info";

/// The module's parameters.
struct Sst {
    flag: u32,
    min: u32,
    /// What this proxy asks for.
    interval: u32,
    rejects: bool,
    /// How long calls without timers last.
    otherwise: u32,
    expired: Counter,
}

fn init(setup: &mut Setup) -> InitResult {
    let name = setup.text("sst", "sst_flag").ok_or("sst_flag is not set: it says which calls have timers")?;
    let bit = setup.message_flag(&name).ok_or("sst_flag: all message flags are taken")?;
    let seconds = |name: &str, default| {
        let value = setup.int("sst", name, default);
        u32::try_from(value).map_err(|_| format!("{name}: {value} is negative"))
    };
    let min = seconds("min_se", 90)?;
    let interval = seconds("sst_interval", 0)?.max(min);
    let counts = setup.int("sst", "enable_stats", 1) != 0;
    let expired = if counts { setup.statistics.counter("sst", "expired_sst") } else { Counter::default() };
    let sst = Sst {
        flag: 1u32.wrapping_shl(bit),
        min,
        interval,
        rejects: setup.int("sst", "reject_to_small", 1) != 0,
        otherwise: u32::try_from(setup.int("dialog", "default_timeout", 43_200)).unwrap_or(43_200),
        expired,
    };
    setup.share(Arc::new(sst));
    setup.hooks.dialog.push(on_dialog);
    setup.hooks.relayed.push(on_relayed);
    Ok(())
}

/// What was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Agreed {
    seconds: u32,
    /// The caller supports timers.
    caller: bool,
}

impl Agreed {
    fn of(dialog: &dyn Dialog) -> Option<Agreed> {
        let text = dialog.value(KEPT)?.text()?;
        let text = std::str::from_utf8(&text).ok()?;
        let (seconds, who) = text.split_once(' ').unwrap_or((text, ""));
        Some(Agreed { seconds: seconds.parse().ok()?, caller: who == "uac" })
    }

    /// Keeps it with the call, and gives the call that much time.
    fn keep(self, dialog: &dyn Dialog, worker: &Rc<Worker>) {
        let text = format!("{}{}", self.seconds, if self.caller { " uac" } else { "" });
        if !dialog.set_value(KEPT, Some(Value::Text(text.into()))) {
            worker.shared.log.message(Level::Error, "sst", format_args!("the call keeps too many values"));
        }
        dialog.set_lifetime(worker, self.seconds);
    }
}

/// What happens to calls.
fn on_dialog(hook: &mut DialogHook<'_>) {
    let worker = hook.worker.clone();
    let Some(sst) = worker.shared.state::<Sst>() else { return };
    let dialog = hook.dialog.clone();
    match (hook.event, hook.context.as_deref_mut()) {
        (DialogEvent::Created, Some(cx)) if cx.flags & sst.flag != 0 => created(cx, sst, &*dialog),
        (DialogEvent::RequestWithin, Some(cx)) => refresh(cx, sst, &*dialog),
        (DialogEvent::Expired, _) if Agreed::of(&*dialog).is_some() => sst.expired.increment(),
        _ => {}
    }
}

/// An INVITE that is to make a call with a timer.
fn created(cx: &mut Context, sst: &Sst, dialog: &dyn Dialog) {
    let asked = Timers::of(&cx.message);
    let seconds = match asked.expires {
        Some(expires) if expires >= sst.min => expires,
        Some(_) if !asked.supported => raise_minimum(cx, sst.min.max(asked.min.unwrap_or(0)), asked.min),
        Some(_) if sst.rejects => {
            let least = sst.min.max(asked.min.unwrap_or(0)).max(SHORTEST);
            return reject(cx, least);
        }
        Some(_) => sst.interval.max(SHORTEST),
        None => ask(cx, sst, asked.min),
    };
    Agreed { seconds, caller: asked.supported }.keep(dialog, &cx.worker.clone());
}

/// Replaces Min-SE.
fn raise_minimum(cx: &mut Context, to: u32, was: Option<u32>) -> u32 {
    let message = cx.message.clone();
    if was.is_some() {
        headers::remove_min(&message, &mut cx.edits);
    }
    cx.edits.append_header(&message, format!("Min-SE: {to}\r\n"));
    to
}

/// The caller wants no timer: this proxy does.
fn ask(cx: &mut Context, sst: &Sst, min: Option<u32>) -> u32 {
    let least = sst.min.max(min.unwrap_or(0));
    if min.is_some_and(|min| min < sst.min) {
        raise_minimum(cx, least, min);
    }
    let seconds = least.max(sst.interval);
    let message = cx.message.clone();
    cx.edits.append_header(&message, format!("Session-Expires: {seconds}\r\n"));
    seconds
}

/// 422: the timer is too short.
fn reject(cx: &mut Context, least: u32) {
    cx.reply_headers.push(Text::from(format!("Min-SE: {least}\r\n")));
    let reason = Text::from_static(b"Session Timer Too Small");
    if sipc_mod_signaling::send_reply(cx, 422, reason) < 0 {
        cx.log(Level::Error, "sst", format_args!("cannot reply 422"));
    }
}

/// The seconds that a message says, but no fewer than are allowed; those of this proxy when it says none.
fn wanted(sst: &Sst, asked: &Timers) -> u32 {
    match asked.expires {
        Some(expires) => expires.max(sst.min),
        None => sst.interval.max(asked.min.unwrap_or(0)),
    }
}

/// A request inside a call.
fn refresh(cx: &mut Context, sst: &Sst, dialog: &dyn Dialog) {
    let Some(mut agreed) = Agreed::of(dialog) else { return };
    let worker = cx.worker.clone();
    match cx.message.method() {
        Some(Method::Invite | Method::Update) => {
            let asked = Timers::of(&cx.message);
            if asked.expires.is_some() {
                agreed.seconds = wanted(sst, &asked);
            }
            agreed.caller = asked.supported;
            agreed.keep(dialog, &worker);
        }
        Some(Method::Ack | Method::Prack) => agreed.keep(dialog, &worker),
        _ => {}
    }
}

/// Replies to INVITE and UPDATE: the timer is agreed on.
fn on_relayed(hook: &mut Relayed<'_>) {
    let worker = hook.worker.clone();
    let (Some(sst), Some(dialogs)) = (worker.shared.state::<Sst>(), &worker.shared.dialogs) else { return };
    let code = hook.message.code().unwrap_or(0);
    let refreshes = matches!(hook.transaction.request.method(), Some(Method::Invite | Method::Update));
    if code != 422 && !(refreshes && (200..300).contains(&code)) {
        return;
    }
    let Some(dialog) = dialogs.of_transaction(hook.transaction) else { return };
    let Some(agreed) = Agreed::of(&*dialog) else { return };
    let asked = Timers::of(hook.message);
    let agreed = match code {
        422 => Agreed { seconds: agreed.seconds.max(asked.min.unwrap_or(0)), ..agreed },
        _ if asked.expires.is_some() => Agreed { seconds: wanted(sst, &asked), ..agreed },
        _ if agreed.caller => demand(hook.message, hook.edits, sst, agreed, &asked),
        // neither side knows timers
        _ => Agreed { seconds: sst.otherwise, ..agreed },
    };
    agreed.keep(&*dialog, &worker);
}

/// The callee knows no timers: the caller will refresh.
fn demand(message: &Message, edits: &mut Edits, sst: &Sst, agreed: Agreed, asked: &Timers) -> Agreed {
    let seconds = wanted(sst, asked);
    edits.append_header(message, format!("Session-Expires: {seconds};refresher=uac\r\n"));
    headers::require_timer(message, edits);
    Agreed { seconds, ..agreed }
}

/// Whether the timer of an INVITE is too short.
#[allow(non_snake_case)] // the name in scripts
pub fn sstCheckMin(cx: &mut Context, reply: Option<i32>) -> i32 {
    if cx.message.method() != Some(Method::Invite) {
        return -1;
    }
    let worker = cx.worker.clone();
    let Some(sst) = worker.shared.state::<Sst>() else { return -1 };
    let Some(header) = headers::expires(&cx.message) else { return -1 };
    let Some(expires) = header else {
        cx.log(Level::Error, "sstCheckMin", format_args!("cannot read Session-Expires"));
        return 0;
    };
    let min = match headers::min(&cx.message) {
        None => SHORTEST,
        Some(Some(min)) => min,
        Some(None) => {
            cx.log(Level::Error, "sstCheckMin", format_args!("cannot read Min-SE"));
            return -1;
        }
    };
    if sst.min <= min.min(expires) {
        return -1;
    }
    if reply.is_some() {
        reject(cx, sst.min);
    }
    1
}
