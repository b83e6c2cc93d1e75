//! `uac`: requests in the name of others.
//!
//! | File | What |
//! |---|---|
//! | `replace` | From and To replaced in requests, and put back in replies |
//! | `restore` | the same in requests inside the call: by a Route parameter, or by values kept with the call |
//! | `code` | both addresses in one Route parameter |
//! | `challenge` | challenges answered, and CSeq numbers that go with that |
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::Text;
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};

mod challenge;
mod code;
mod replace;
mod restore;

pub use challenge::{uac_auth, uac_inc_cseq};
pub use replace::{uac_replace_from, uac_replace_to};
pub use restore::{uac_restore_from, uac_restore_to};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "uac", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::uac::MODULE;
    plain {
        uac_replace_from(Option<Text>, Text),
        uac_restore_from(),
        uac_replace_to(Option<Text>, Text),
        uac_restore_to(),
        uac_auth(Option<Text>),
        uac_inc_cseq(i32),
    }
    waiting {}
}

/// Which of the two headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    From,
    To,
}

impl Side {
    fn other(self) -> Side {
        if self == Side::From { Side::To } else { Side::From }
    }
}

/// Whether requests inside the call are changed too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Restore {
    No,
    Manual,
    Auto,
}

/// The module's parameters.
struct Parameters {
    mode: Restore,
    from_param: String,
    to_param: String,
    password: Vec<u8>,
    force_dialog: bool,
}

impl Parameters {
    fn param(&self, side: Side) -> &str {
        if side == Side::From { &self.from_param } else { &self.to_param }
    }
}

fn init(setup: &mut Setup) -> InitResult {
    let mode = setup.text("uac", "restore_mode").unwrap_or_else(|| "auto".to_owned());
    let parameters = Parameters {
        mode: match mode.to_ascii_lowercase().as_str() {
            "none" => Restore::No,
            "manual" => Restore::Manual,
            "auto" => Restore::Auto,
            _ => return Err(format!("restore_mode: {mode} is none of none, manual and auto")),
        },
        from_param: setup.text("uac", "rr_from_store_param").unwrap_or_else(|| "vsf".to_owned()),
        to_param: setup.text("uac", "rr_to_store_param").unwrap_or_else(|| "vst".to_owned()),
        password: setup.text("uac", "restore_passwd").unwrap_or_default().into_bytes(),
        force_dialog: setup.int("uac", "force_dialog", 0) != 0,
    };
    check(&parameters, setup)?;
    if parameters.mode == Restore::Auto {
        setup.hooks.route_taken.push(restore::on_route_taken);
        setup.hooks.dialog.push(restore::on_dialog);
    }
    setup.hooks.route_taken.push(challenge::on_route_taken);
    setup.hooks.relayed.push(replace::on_relayed);
    setup.hooks.relayed.push(challenge::on_relayed);
    setup.hooks.transaction.push(replace::on_event);
    setup.share(Arc::new(parameters));
    Ok(())
}

fn check(parameters: &Parameters, setup: &Setup) -> InitResult {
    if parameters.mode == Restore::No {
        return Ok(());
    }
    if parameters.from_param.is_empty() || parameters.to_param.is_empty() {
        return Err("rr_from_store_param and rr_to_store_param must not be empty".to_owned());
    }
    if !setup.loads("rr") {
        return Err("restore_mode needs the module rr".to_owned());
    }
    if parameters.force_dialog && !setup.loads("dialog") {
        return Err("force_dialog needs the module dialog".to_owned());
    }
    let tagged = setup.int("rr", "append_fromtag", 1) != 0;
    if parameters.mode == Restore::Auto && !parameters.force_dialog && !tagged {
        return Err("restore_mode auto needs append_fromtag of module rr".to_owned());
    }
    Ok(())
}
