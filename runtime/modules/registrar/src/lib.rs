//! `registrar`: registration (RFC 3261 10).
//!
//! | File | What |
//! |---|---|
//! | `flags` | the flag lists of `save` and `lookup` |
//! | `aor` | addresses of record |
//! | `bindings_of` | what a REGISTER asks for |
//! | `save` | storing it, and the reply |
//! | `lookup` | contacts to branches |
//! | `queries` | who is registered, and with what |
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::place::{VarRef, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::statistics::Counter;
use sipc_engine::{Context, Text};
use sipc_mod_usrloc::Locations;

mod aor;
mod error;
mod flags;
mod lookup;
mod queries;
mod request;
mod save;

pub use lookup::lookup;
pub use queries::{add_sock_hdr, is_contact_registered, is_ip_registered, is_registered, remove_ip_port};
pub use save::{remove, save};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "registrar", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::registrar::MODULE;
    plain {
        save(Text, Option<Text>, Option<Text>, Option<Text>),
        remove(Text, Text, Option<Text>, Option<Text>, Option<Text>, Option<Text>),
        lookup(Text, Option<Text>, Option<Text>),
        is_registered(Text, Option<Text>),
        is_contact_registered(Text, Option<Text>, Option<Text>, Option<Text>),
        is_ip_registered(Text, Option<Text>, &VarRef, Option<&VarRef>),
        remove_ip_port(Text, i32, Text, Option<Text>),
        add_sock_hdr(Text),
    }
    waiting {}
}

/// The module's parameters and counters.
struct State {
    locations: Arc<Locations>,
    default_expires: u64,
    default_q: Option<u16>,
    case_sensitive: bool,
    realm_prefix: String,
    min_expires: u64,
    max_expires: u64,
    received_param: String,
    received_avp: Option<String>,
    attr_avp: Option<String>,
    retry_after: i32,
    max_contacts: usize,
    max_username: usize,
    max_domain: usize,
    max_aor: usize,
    max_contact: usize,
    allow_dup_cseq: bool,
    /// `tcp_persistent_flag`, as a bit.
    persistent_flag: u32,
    accepted: Counter,
    rejected: Counter,
}

fn init(setup: &mut Setup) -> InitResult {
    let locations = setup.state::<Locations>().ok_or("usrloc must be loaded before registrar")?;
    if setup.int("registrar", "disable_gruu", 1) == 0 {
        return Err("disable_gruu=0: GRUUs are not built yet".into());
    }
    let persistent = setup.text("registrar", "tcp_persistent_flag");
    let persistent_flag = match persistent {
        Some(name) => 1 << setup.message_flag(&name).ok_or("more than 32 message flags")?,
        None => 0,
    };
    let size = |name, default| usize::try_from(setup.int("registrar", name, default)).unwrap_or(0);
    let seconds = |name, default| u64::try_from(setup.int("registrar", name, default)).unwrap_or(0);
    let state = State {
        locations,
        persistent_flag,
        default_expires: seconds("default_expires", 3600),
        default_q: u16::try_from(setup.int("registrar", "default_q", -1)).ok().filter(|q| *q <= 1000),
        case_sensitive: setup.int("registrar", "case_sensitive", 1) != 0,
        realm_prefix: setup.text("registrar", "realm_prefix").unwrap_or_default(),
        min_expires: seconds("min_expires", 60),
        max_expires: seconds("max_expires", 0),
        received_param: setup.text("registrar", "received_param").unwrap_or_else(|| "received".into()),
        received_avp: avp_name(setup, "received_avp")?,
        attr_avp: avp_name(setup, "attr_avp")?,
        retry_after: setup.int("registrar", "retry_after", 0),
        max_contacts: size("max_contacts", 0),
        max_username: size("max_username_len", 64),
        max_domain: size("max_domain_len", 64),
        max_aor: size("max_aor_len", 256),
        max_contact: size("max_contact_len", 255),
        allow_dup_cseq: setup.int("registrar", "allow_dup_cseq", 1) != 0,
        accepted: setup.counter("registrar", "accepted_regs"),
        rejected: setup.counter("registrar", "rejected_regs"),
    };
    for (name, value) in [
        ("max_expires", state.max_expires),
        ("max_contacts", state.max_contacts as u64),
        ("default_expire", state.default_expires),
    ] {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        setup.statistics.gauge("registrar", name, Arc::new(move || value));
    }
    setup.share(Arc::new(state));
    Ok(())
}

/// The name in `$avp(name)`.
fn avp_name(setup: &Setup, param: &str) -> Result<Option<String>, String> {
    let Some(text) = setup.text("registrar", param) else { return Ok(None) };
    let name = text.strip_prefix("$avp(").and_then(|t| t.strip_suffix(')'));
    name.map(|n| Some(n.to_owned())).ok_or_else(|| format!("{param} must be an AVP, not {text}"))
}

/// The newest text of an AVP.
fn avp_text(cx: &mut Context, name: &str) -> Option<Text> {
    let number = cx.shared().avp_names.intern(name.as_bytes())?;
    cx.avps(|avps| avps.newest(number).and_then(sipc_engine::Value::text))
}
