//! `dialog`: calls as a whole, from the INVITE to the BYE (RFC 3261 section 12).
//!
//! | File | What |
//! |---|---|
//! | `state`, `leg`, `call` | what is known of a call; how far it is |
//! | `table` | all of them |
//! | `create`, `answers` | INVITEs and what is replied |
//! | `sequential`, `checks` | requests inside calls |
//! | `within`, `pings` | requests made here |
//! | `ending` | timeouts, BYEs, the end |
//! | `profiles` | counting calls |
//! | `functions`, `variables`, `json`, `commands` | what scripts and operators see |
//!
//! A call lives in the table until it has ended and no message needs it any more. Timeouts and pings are looked after
//! once a second on the first worker, by an index of what is due.
#![forbid(unsafe_code)]

use std::rc::Rc;
use std::sync::Arc;

use sipc_engine::dialogs::{Dialog, DialogEvent, DialogHook, DialogId, Dialogs, Party};
use sipc_engine::events::EventId;
use sipc_engine::script::RouteRef;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::statistics::{Counter, Source};
use sipc_engine::tm::Transaction;
use sipc_engine::worker::Worker;
use sipc_engine::{Context, Text, VarRef};

mod answers;
mod call;
mod checks;
mod commands;
mod create;
mod current;
mod ending;
mod functions;
mod json;
mod leg;
mod pings;
mod profiles;
mod sequential;
mod state;
mod table;
mod variables;
mod within;

use call::Call;
pub use functions::*;
use profiles::Profiles;
use table::Table;
pub use variables::*;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "dialog", init };

sipc_engine::bindings! { sipc_interface::modules::dialog::MODULE;
    plain {
        create_dialog(Option<Text>),
        match_dialog(Option<Text>),
        validate_dialog(),
        fix_route_dialog(),
        set_dlg_profile(Text, Option<Text>, Option<i32>),
        unset_dlg_profile(Text, Option<Text>),
        is_in_profile(Text, Option<Text>),
        get_profile_size(Text, Option<Text>, &VarRef),
        set_dlg_flag(u32),
        reset_dlg_flag(u32),
        is_dlg_flag_set(u32),
        test_and_set_dlg_flag(u32, i32),
        store_dlg_value(Text, &VarRef),
        fetch_dlg_value(Text, &VarRef),
        get_dialog_info(Text, &VarRef, Text, &VarRef, &VarRef),
        get_dialog_vals(&VarRef, &VarRef, Text),
        get_dialogs_by_val(Text, &VarRef, &VarRef, &VarRef),
        get_dialogs_by_profile(Text, Option<Text>, &VarRef, &VarRef),
        load_dialog_ctx(Text, Option<Text>, Option<i32>),
        unload_dialog_ctx(),
        dlg_on_timeout(Option<RouteRef>),
        dlg_on_answer(Option<RouteRef>),
        dlg_on_hangup(Option<RouteRef>),
        dlg_send_sequential(Text, Text, Option<Text>, Option<Text>, Option<Text>),
        dlg_inc_cseq(Option<Text>, Option<i32>),
    }
    waiting {}
}

/// How requests inside calls find them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matching {
    /// By the name in our Route entry alone.
    NameOnly,
    /// By that, else by Call-ID and tags.
    NameFirst,
    /// By Call-ID and tags.
    Tags,
}

/// The module's parameters.
struct Parameters {
    rr_param: String,
    lifetime: u32,
    ping_interval: u32,
    reinvite_interval: u32,
    delete_delay: u32,
    race_timeout: u32,
    extra_headers: Text,
    matching: Matching,
}

/// Counters.
struct Statistics {
    active: Counter,
    early: Counter,
    processed: Counter,
    expired: Counter,
    failed: Counter,
    refused: Counter,
}

/// All calls and what concerns them.
struct Calls {
    table: Table,
    profiles: Profiles,
    parameters: Parameters,
    statistics: Statistics,
    state_changed: Option<EventId>,
    /// Itself, for those that it gives calls to.
    me: std::sync::Weak<Calls>,
}

fn init(setup: &mut Setup) -> InitResult {
    let parameters = parameters(setup)?;
    let profiles = Profiles::new(setup)?;
    let max = positive(setup, "max_dialogs", 1_000_000)? as usize;
    let statistics = statistics(setup);
    let state_changed = setup.events.publish(b"E_DLG_STATE_CHANGED");
    let calls = Arc::new_cyclic(|me| Calls {
        table: Table::new(max),
        profiles,
        parameters,
        statistics,
        state_changed,
        me: me.clone(),
    });
    setup.share(calls.clone());
    setup.dialogs = Some(calls);
    setup.hooks.transaction.push(answers::on_event);
    setup.hooks.relayed.push(answers::on_relayed);
    setup.hooks.route_taken.push(sequential::on_route_taken);
    setup.hooks.created.push(create::on_created);
    setup.hooks.after_request.push(create::after_request);
    setup.hooks.periodic.push((1000, ending::look_after));
    commands::register(setup);
    Ok(())
}

fn positive(setup: &Setup, name: &str, default: i32) -> Result<u32, String> {
    let value = setup.int("dialog", name, default);
    u32::try_from(value).ok().filter(|n| *n > 0).ok_or_else(|| format!("{name}: {value} is not positive"))
}

fn parameters(setup: &Setup) -> Result<Parameters, String> {
    if setup.int("dialog", "db_mode", 0) != 0 {
        return Err("db_mode: calls are kept in memory; databases for them are not built yet".to_owned());
    }
    let rr_param = setup.text("dialog", "rr_param").unwrap_or_else(|| "did".to_owned());
    if rr_param.is_empty() || rr_param.len() > 32 {
        return Err("rr_param: 1 to 32 characters are needed".to_owned());
    }
    let natural = |name: &str, default| u32::try_from(setup.int("dialog", name, default)).unwrap_or(0);
    Ok(Parameters {
        rr_param,
        lifetime: positive(setup, "default_timeout", 43_200)?,
        ping_interval: positive(setup, "options_ping_interval", 30)?,
        reinvite_interval: positive(setup, "reinvite_ping_interval", 300)?,
        delete_delay: natural("delete_delay", 0),
        race_timeout: natural("race_condition_timeout", 5),
        extra_headers: Text::from(setup.text("dialog", "dlg_extra_hdrs").unwrap_or_default()),
        matching: match setup.int("dialog", "dlg_match_mode", 1) {
            0 => Matching::NameOnly,
            1 => Matching::NameFirst,
            2 => Matching::Tags,
            other => return Err(format!("dlg_match_mode: {other} is none of 0, 1 and 2")),
        },
    })
}

fn statistics(setup: &mut Setup) -> Statistics {
    if setup.int("dialog", "enable_stats", 1) == 0 {
        let none = Counter::default;
        return Statistics {
            active: none(),
            early: none(),
            processed: none(),
            expired: none(),
            failed: none(),
            refused: none(),
        };
    }
    let permanent = |name: &str| {
        let counter = Counter::default();
        setup.statistics.add("dialog", name, Source::Permanent(counter.clone()));
        counter
    };
    let counted = |name: &str| setup.statistics.counter("dialog", name);
    Statistics {
        active: permanent("active_dialogs"),
        early: permanent("early_dialogs"),
        processed: counted("processed_dialogs"),
        expired: counted("expired_dialogs"),
        failed: counted("failed_dialogs"),
        refused: counted("refused_dialogs"),
    }
}

/// The calls, from a context.
fn calls(cx: &Context) -> Option<Arc<Calls>> {
    cx.shared().state::<Calls>()?.me.upgrade()
}

/// Tells other modules.
fn tell(
    worker: &Rc<Worker>,
    call: &Arc<Call>,
    event: DialogEvent,
    to: Option<Party>,
    cx: Option<&mut Context>,
) {
    let shared = worker.shared.clone();
    let dialog: Arc<dyn Dialog> = call.clone();
    let mut told = DialogHook { worker, dialog: &dialog, event, to, context: cx };
    for hook in &shared.hooks.dialog {
        hook(&mut told);
    }
}

impl Dialogs for Calls {
    fn create(&self, cx: &mut Context) -> Option<Arc<dyn Dialog>> {
        create::create(cx, None).ok()?;
        self.current(cx)
    }

    fn current(&self, cx: &Context) -> Option<Arc<dyn Dialog>> {
        current::current(cx).map(|c| c as Arc<dyn Dialog>)
    }

    fn find(&self, cx: &mut Context, mode: Option<Text>) -> Option<Arc<dyn Dialog>> {
        match_dialog(cx, mode);
        self.current(cx)
    }

    fn of_transaction(&self, t: &Transaction) -> Option<Arc<dyn Dialog>> {
        answers::current_of(t).map(|c| c.call as Arc<dyn Dialog>)
    }

    fn heading(&self, cx: &Context) -> Option<Party> {
        current::heading(cx)
    }

    fn fix_route(&self, cx: &mut Context) -> bool {
        checks::fix_route(cx).is_some()
    }

    fn by_id(&self, id: DialogId) -> Option<Arc<dyn Dialog>> {
        self.table.by_id(id).map(|c| c as Arc<dyn Dialog>)
    }

    fn parameter(&self) -> &str {
        &self.parameters.rr_param
    }

    fn profile(&self, name: &str, with_value: bool) -> Option<usize> {
        self.profiles.define(name, with_value)
    }

    fn join(&self, dialog: &Arc<dyn Dialog>, profile: usize, value: Option<&[u8]>) -> bool {
        let call = dialog.as_any().downcast_ref::<Call>();
        call.is_some_and(|call| self.profiles.join(call, profile, value.unwrap_or_default()))
    }

    fn leave(&self, dialog: &Arc<dyn Dialog>, profile: usize, value: Option<&[u8]>) -> bool {
        let call = dialog.as_any().downcast_ref::<Call>();
        call.is_some_and(|call| self.profiles.leave(call, profile, value))
    }

    fn count(&self, profile: usize, value: Option<&[u8]>) -> u64 {
        self.profiles.count(profile, value)
    }
}
