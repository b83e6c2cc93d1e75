//! `nathelper`: clients behind NAT. Recognises them, puts their real address in place of the one they believe to have,
//! and keeps the bindings of their routers open with pings.
//!
//! | File | What |
//! |---|---|
//! | `detect` | `nat_uac_test` |
//! | `contact` | Contact headers, and where a REGISTER came from |
//! | `media` | addresses in session descriptions |
//! | `pings` | pings of registered contacts, and what answers them |
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::Text;
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};

mod contact;
mod detect;
mod media;
mod pings;

pub use contact::{add_rcv_param, fix_nated_contact, fix_nated_register, restore_nated_ruri};
pub use detect::nat_uac_test;
pub use media::fix_nated_sdp;

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "nathelper", init };

sipc_engine::bindings! { sipc_interface::modules::nathelper::MODULE;
    plain {
        fix_nated_contact(Option<Text>, Option<Text>),
        restore_nated_ruri(),
        fix_nated_sdp(Text, Option<Text>, Option<Text>),
        nat_uac_test(Text),
        fix_nated_register(),
        add_rcv_param(Option<i32>),
    }
    waiting {}
}

/// What functions need of the parameters.
struct State {
    /// Name of the AVP for `fix_nated_register`.
    received_avp: Option<String>,
    /// What `add-no-rtpproxy` adds.
    no_rtpproxy: String,
    /// No `a=oldcip` beside a new media address.
    skip_old_media: bool,
    /// No `a=oldoip` beside a new origin.
    skip_old_origin: bool,
}

fn init(setup: &mut Setup) -> InitResult {
    let skip = setup.text("nathelper", "oldip_skip").unwrap_or_default();
    if let Some(other) = skip.chars().find(|c| !matches!(c, 'c' | 'o' | ' ')) {
        return Err(format!("oldip_skip takes c and o, not {other}"));
    }
    let line = setup.text("nathelper", "nortpproxy_str").unwrap_or_else(|| "a=nortpproxy:yes".into());
    setup.share(Arc::new(State {
        received_avp: received_avp(setup)?,
        no_rtpproxy: line.trim_end_matches(['\r', '\n']).to_owned(),
        skip_old_media: skip.contains('c'),
        skip_old_origin: skip.contains('o'),
    }));
    pings::init(setup)
}

/// The name in `$avp(name)`.
fn received_avp(setup: &Setup) -> Result<Option<String>, String> {
    let Some(text) = setup.text("nathelper", "received_avp").filter(|t| !t.is_empty()) else {
        return Ok(None);
    };
    let name = text.strip_prefix("$avp(").and_then(|t| t.strip_suffix(')'));
    name.map(|n| Some(n.to_owned())).ok_or_else(|| format!("received_avp must be an AVP, not {text}"))
}
