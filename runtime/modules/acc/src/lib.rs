//! `acc`: accounting of requests and missed calls, as lines of the log.
//!
//! A line is written when the transaction of an accounted request ends, from the transaction's events;
//! nothing is looked up or waited for. Calls as a whole (CDRs) need dialogs and are not built yet.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::hooks::{TransactionEvent, TransactionHook};
use sipc_engine::log::Level;
use sipc_engine::place::{Assign, Inner, Place, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text, Value};
use sipc_sip::{Message, Method};

mod line;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "acc", init };

sipc_engine::bindings! { sipc_interface::modules::acc::MODULE;
    plain {
        acc_log_request(Text),
        do_accounting(Text, Option<Text>, Option<Text>),
        drop_accounting(Option<Text>, Option<Text>),
    }
    waiting {}
}

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[("acc_extra", acc_extra, Some(set_acc_extra))];

/// The module's parameters.
struct Parameters {
    early_media: bool,
    report_cancels: bool,
    detect_direction: bool,
    level: Level,
    /// (name in `$acc_extra`, key in the line)
    extra: Vec<(String, String)>,
}

/// What is to be accounted of a transaction.
#[derive(Debug, Clone, Default)]
struct Account {
    /// Write a line when it is answered.
    log: bool,
    /// Write one for each round of branches that fails.
    missed: bool,
    /// Write one when it fails.
    failed: bool,
    /// The request goes from callee to caller: swap the tags.
    upstream: bool,
    /// Values of `$acc_extra`, by position.
    extra: Vec<Value>,
}

fn init(setup: &mut Setup) -> InitResult {
    let flag = |name| setup.int("acc", name, 0) != 0;
    let mut parameters = Parameters {
        early_media: flag("early_media"),
        report_cancels: flag("report_cancels"),
        detect_direction: flag("detect_direction"),
        level: Level::from_number(setup.int("acc", "log_level", 2)),
        extra: Vec::new(),
    };
    for setting in setup.params("acc", "extra_fields") {
        parameters.extra.extend(extra_fields(setting.text().unwrap_or_default())?);
    }
    setup.share(Arc::new(parameters));
    setup.hooks.transaction.push(on_event);
    Ok(())
}

/// Reads `log: name->key; name`.
fn extra_fields(text: &str) -> Result<Vec<(String, String)>, String> {
    let (kind, list) =
        text.split_once(':').ok_or_else(|| format!("extra_fields: no kind before `:` in {text}"))?;
    if kind.trim() != "log" {
        return Err(format!("extra_fields: {} is not built yet: log is", kind.trim()));
    }
    let field = |f: &str| {
        let (name, key) = f.split_once("->").unwrap_or((f, f));
        (name.trim().to_owned(), key.trim().to_owned())
    };
    Ok(list.split(';').filter(|f| !f.trim().is_empty()).map(field).collect())
}

/// Changes the account of the context's transaction, or of the one to come.
fn change<R>(cx: &mut Context, f: impl FnOnce(&mut Account) -> R) -> R {
    match &cx.transaction {
        Some(t) => f(t.script.lock().extensions.get_or_default::<Account>()),
        None => f(cx.extensions.get_or_default::<Account>()),
    }
}

/// Has the transaction accounted when it ends. `kinds` is a list with `|`; this build has `log`.
pub fn do_accounting(cx: &mut Context, kinds: Text, flags: Option<Text>, _table: Option<Text>) -> i32 {
    let words = |text: &Text| -> Vec<String> {
        String::from_utf8_lossy(text).split('|').map(|w| w.trim().to_ascii_lowercase()).collect()
    };
    if let Some(kind) = words(&kinds).iter().find(|k| *k != "log") {
        cx.log(
            Level::Error,
            "acc:do_accounting",
            format_args!("accounting to {kind} is not built yet: log is"),
        );
        return -1;
    }
    let flags = flags.as_ref().map(words).unwrap_or_default();
    if let Some(flag) = flags.iter().find(|f| !["missed", "failed"].contains(&f.as_str())) {
        cx.log(
            Level::Error,
            "acc:do_accounting",
            format_args!("flag {flag} is not built yet: missed and failed are"),
        );
        return -1;
    }
    let (detect, cancels) =
        cx.shared().state::<Parameters>().map_or((false, false), |p| (p.detect_direction, p.report_cancels));
    if cx.message.method() == Some(Method::Cancel) && !cancels {
        let text = format_args!("called on CANCEL, and 'report_cancels' is not set: nothing is accounted");
        cx.log(Level::Warning, "do_accounting", text);
        return 1;
    }
    let upstream = detect && !sipc_mod_rr::is_downstream(cx);
    change(cx, |account| {
        account.log = true;
        account.missed |= flags.iter().any(|f| f == "missed");
        account.failed |= flags.iter().any(|f| f == "failed");
        account.upstream |= upstream;
    });
    1
}

/// Undoes `do_accounting`, as a whole or a flag of it.
pub fn drop_accounting(cx: &mut Context, kinds: Option<Text>, flags: Option<Text>) -> i32 {
    if kinds.is_some_and(|k| !k.eq_ignore_ascii_case(b"log")) {
        return -1;
    }
    let flags = flags.unwrap_or_default().to_ascii_lowercase();
    change(cx, |account| match &flags[..] {
        b"" => *account = Account { extra: std::mem::take(&mut account.extra), ..Account::default() },
        b"missed" => account.missed = false,
        b"failed" => account.failed = false,
        _ => {}
    });
    1
}

/// Writes a line for the request at hand. `comment` is `[code ]reason`.
pub fn acc_log_request(cx: &mut Context, comment: Text) -> i32 {
    let Some(parameters) = cx.worker.shared.state::<Parameters>().map(|p| p.level) else { return -1 };
    let (code, reason) = split_code(&comment);
    let account = change(cx, |a| a.clone());
    let worker = cx.worker.clone();
    let extra = extra_of(&worker.shared, &account);
    let line = line::Line {
        what: "request accounted",
        unix: worker.unix_us() / 1_000_000,
        request: &cx.message,
        to_tag: cx.message.to_tag(),
        code,
        reason: &reason,
        swapped: account.upstream,
        extra: &extra,
    };
    worker.shared.log.script_line(parameters, &line.text());
    1
}

/// A code at the start of a comment.
fn split_code(comment: &Text) -> (u16, Text) {
    let digits = comment.iter().take_while(|c| c.is_ascii_digit()).count();
    let code = std::str::from_utf8(&comment[..digits]).ok().and_then(|d| d.parse().ok());
    match code {
        Some(code) if digits == 3 => (code, comment.slice_ref(comment[3..].trim_ascii_start())),
        _ => (0, comment.clone()),
    }
}

fn extra_of(shared: &sipc_engine::shared::Shared, account: &Account) -> Vec<(String, Value)> {
    let keys = shared.state::<Parameters>().map(|p| p.extra.as_slice()).unwrap_or_default();
    let value = |i: usize| account.extra.get(i).cloned().unwrap_or(Value::Null);
    keys.iter().enumerate().map(|(i, (_, key))| (key.clone(), value(i))).collect()
}

/// Writes a line when something accounted happens to a transaction.
fn on_event(hook: &TransactionHook<'_>) {
    // most of what happens to a transaction is in no account, and is told of all of them
    if !matches!(
        (hook.event, hook.code),
        (TransactionEvent::ReplyOut, 180..) | (TransactionEvent::Failure, _)
    ) {
        return;
    }
    let shared = &hook.worker.shared;
    let Some(parameters) = shared.state::<Parameters>() else { return };
    let account = hook.transaction.script.lock().extensions.get::<Account>().cloned();
    let Some(account) = account.filter(|a| a.log) else { return };
    let ended = hook.event == TransactionEvent::ReplyOut && hook.code >= 200;
    let what = match hook.event {
        TransactionEvent::ReplyOut if (180..200).contains(&hook.code) => {
            let media = hook.reply.is_some_and(|r| !r.body().is_empty());
            if !parameters.early_media || !media {
                return;
            }
            "early media"
        }
        TransactionEvent::ReplyOut if ended && (hook.code < 300 || account.failed) => "transaction answered",
        TransactionEvent::Failure if account.missed => "call missed",
        TransactionEvent::ReplyOut if ended && account.missed && hook.transaction.is_invite() => {
            "call missed"
        }
        _ => return,
    };
    write(hook, &account, parameters, what);
    // a call is missed once, however often the script tries again
    let mut script = hook.transaction.script.lock();
    let kept = script.extensions.get_or_default::<Account>();
    kept.missed &= what != "call missed";
    kept.log &= !ended;
}

fn write(hook: &TransactionHook<'_>, account: &Account, parameters: &Parameters, what: &str) {
    let shared = &hook.worker.shared;
    let reason = match hook.reply.and_then(Message::status_line) {
        Some(status) => Text::copy_from_slice(status.reason),
        None => Text::from_static(sipc_engine::send::reason(hook.code).as_bytes()),
    };
    let to_tag = hook.reply.and_then(Message::to_tag).or(hook.transaction.request.to_tag());
    let own = || Some(&hook.transaction.to_tag(shared)[..]).filter(|tag| !tag.is_empty());
    let extra = extra_of(shared, account);
    let line = line::Line {
        what,
        unix: hook.worker.unix_us() / 1_000_000,
        request: &hook.transaction.request,
        to_tag: to_tag.or_else(own),
        code: hook.code,
        reason: &reason,
        swapped: account.upstream,
        extra: &extra,
    };
    if shared.log.is_on(parameters.level) {
        shared.log.script_line(parameters.level, &line.text());
    }
}

fn position(cx: &Context, at: &Place) -> Option<usize> {
    let Inner::Name(name) = &at.inner else { return None };
    let parameters = cx.shared().state::<Parameters>()?;
    parameters.extra.iter().position(|(n, _)| n.as_bytes() == &name[..])
}

/// `$acc_extra(name)`.
pub fn acc_extra(cx: &mut Context, at: &Place) -> Value {
    match position(cx, at) {
        Some(i) => change(cx, |a| a.extra.get(i).cloned().unwrap_or(Value::Null)),
        None => Value::Null,
    }
}

/// Assigns `$acc_extra(name)`.
pub fn set_acc_extra(cx: &mut Context, at: &Place, _: Assign, value: Value) -> bool {
    let Some(i) = position(cx, at) else { return false };
    change(cx, |a| {
        if a.extra.len() <= i {
            a.extra.resize(i + 1, Value::Null);
        }
        a.extra[i] = value.stored();
    });
    true
}
