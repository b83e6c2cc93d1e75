//! `tm`: the script's view of transactions. The transactions themselves are part of the engine
//! (`sipc_engine::tm`), since other modules build on them.
//!
//! | File | What |
//! |---|---|
//! | `relay` | `t_relay`, `t_newtran`, `t_check_trans`, `t_reply` |
//! | `routes` | arming routes |
//! | `inject` | branches that join later |
//! | `branches` | `$tm.branch.…`, `$bavp` |
//! | `parked` | replies and cancels from other messages and from commands |
//! | `state` | `t_check_status`, `t_was_cancelled`, `t_local_replied` |
//! | `variables` | `$T_…` |
//! | `write` | `t_write_req` and `t_write_unix` |
//! | `request` | `t_new_request` |
//! | `uac_dlg` | the MI command `tm:uac_dlg` |
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::Text;
use sipc_engine::place::VarRef;
use sipc_engine::regex::Regex;
use sipc_engine::script::RouteRef;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::tm::{TmSettings, Watcher};
use sipc_interface::RouteKind;
use sipc_transaction::Settings;

mod branches;
mod inject;
mod memory;
mod parked;
mod relay;
mod request;
mod routes;
mod state;
mod uac_dlg;
mod variables;
mod write;

pub use branches::*;
pub use inject::{t_inject_branches, t_wait_for_new_branches, t_wait_no_more_branches};
pub use parked::t_reply_by_callid;
pub use relay::{
    t_add_cancel_reason, t_add_hdrs, t_cancel_branch, t_check_trans, t_flush_flags, t_newtran, t_relay,
    t_replicate, t_reply, t_reply_with_body,
};
pub use request::t_new_request;
pub use routes::{t_on_branch, t_on_failure, t_on_reply};
pub use state::{t_check_status, t_local_replied, t_was_cancelled};
pub use variables::*;
pub use write::{t_write_req, t_write_unix};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "tm", init };

sipc_engine::bindings! { sipc_interface::modules::tm::MODULE;
    plain {
        t_newtran(),
        t_reply(i32, Text),
        t_on_failure(RouteRef),
        t_on_reply(RouteRef),
        t_on_branch(RouteRef),
        t_check_status(&Regex),
        t_flush_flags(),
        t_local_replied(Text),
        t_check_trans(),
        t_was_cancelled(),
        t_cancel_branch(Option<Text>),
        t_add_hdrs(Text),
        t_reply_with_body(i32, Text, Text),
        t_add_cancel_reason(Text),
        t_wait_for_new_branches(Option<i32>),
        t_wait_no_more_branches(),
        t_reply_by_callid(i32, Text, Option<Text>, Option<Text>),
        t_get_branch_idx_by_attr(Text, Option<Text>, Option<i32>, Option<&VarRef>, Option<i32>),
    }
    waiting {
        t_relay(Option<Text>, Option<Text>),
        t_replicate(Text, Option<Text>),
        t_inject_branches(Text, Option<Text>),
        t_write_req(Text, Text),
        t_write_unix(Text, Text),
        t_new_request(Text, Text, Text, Text, Option<Text>, Option<Text>),
    }
}

fn init(setup: &mut Setup) -> InitResult {
    let minor_flag = match setup.text("tm", "minor_branch_flag") {
        Some(name) => 1 << setup.branch_flag(&name).ok_or("more than 32 branch flags")?,
        None => 0,
    };
    let flag = |name, default| setup.int("tm", name, default) != 0;
    setup.transactions = TmSettings {
        timers: timers(setup)?,
        auto_100: flag("auto_100trying", 1),
        reply_avps: flag("onreply_avp_mode", 0),
        ruri_matching: flag("ruri_matching", 1),
        via1_matching: flag("via1_matching", 1),
        minor_flag,
        transactions_max: bound(setup)?,
        overload_control: flag("overload_control", 0),
        request_watcher: watcher(setup, "local_request_route")?,
        reply_watcher: watcher(setup, "local_reply_route")?,
    };
    setup.share(Arc::new(write::Writing::new(setup)?));
    setup.command_later("tm:uac_dlg", uac_dlg::now, uac_dlg::later);
    setup.command("tm:hash", state::hash);
    setup.command("tm:reply", parked::reply);
    setup.command("tm:uac_cancel", parked::uac_cancel);
    Ok(())
}

/// A route that a parameter names: one for requests, or else one for replies, which is where OpenSIPS looks for
/// `local_reply_route`.
fn watcher(setup: &Setup, param: &str) -> Result<Option<Watcher>, String> {
    let Some(name) = setup.text("tm", param) else { return Ok(None) };
    let kind = match &setup.configuration {
        c if c.request_routes.contains(&name) => RouteKind::Request,
        c if param == "local_reply_route" && c.reply_routes.contains(&name) => RouteKind::Reply,
        _ => return Err(format!("{param}: there is no route {name}")),
    };
    Ok(Some(Watcher { kind, name }))
}

/// `max_transactions`.
fn bound(setup: &Setup) -> Result<usize, String> {
    let default = memory::transactions();
    let most = setup.int("tm", "max_transactions", i32::try_from(default).unwrap_or(i32::MAX));
    usize::try_from(most).ok().filter(|n| *n > 0).ok_or_else(|| "max_transactions must be above 0".into())
}

/// Seconds and milliseconds of the parameters, as milliseconds.
fn timers(setup: &Setup) -> Result<Settings, String> {
    let ms = |name: &str, default: i32, unit: u64| {
        let value = setup.int("tm", name, default);
        match u64::try_from(value) {
            Ok(v) if v > 0 => Ok(v * unit),
            _ => Err(format!("{name} must be greater than 0, not {value}")),
        }
    };
    Ok(Settings {
        t1: ms("T1_timer", 500, 1)?,
        t2: ms("T2_timer", 4000, 1)?,
        final_response: ms("fr_timeout", 30, 1000)?,
        invite_final_response: ms("fr_inv_timeout", 120, 1000)?,
        wait: ms("wt_timer", 5, 1000)?,
        restart_on_each_reply: setup.int("tm", "restart_fr_on_each_reply", 1) != 0,
        disable_6xx_block: setup.int("tm", "disable_6xx_block", 0) != 0,
    })
}
