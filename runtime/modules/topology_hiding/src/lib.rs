//! `topology_hiding`: each side of a call sees this server only.
//!
//! | File | What |
//! |---|---|
//! | `request` | first requests and those inside calls |
//! | `reply` | their replies |
//! | `contact` | Contacts that are shown |
//! | `call_id` | Call-IDs that are shown |
//! | `code` | what is hidden in Contacts and Call-IDs |
//!
//! With module dialog, the call remembers both sides. Without, a Contact that is shown carries what it stands for.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::Text;
use sipc_engine::dialogs::Party;
use sipc_engine::setup::{InitResult, Linked, Setup};

mod call_id;
mod code;
mod contact;
mod reply;
mod request;

pub use call_id::{VARIABLES, th_callee_callid};
use code::Scheme;
pub use request::{topology_hiding, topology_hiding_match};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "topology_hiding", init };

sipc_engine::bindings! { sipc_interface::modules::topology_hiding::MODULE;
    plain {
        topology_hiding(Option<Text>, Option<Text>),
        topology_hiding_match(Option<Text>),
    }
    waiting {}
}

/// Flags, with the numbers that OpenSIPS writes into Contacts.
mod flag {
    /// Users of Contacts are shown.
    pub const KEEP_USER: u32 = 1 << 2;
    /// The callee is shown another Call-ID.
    pub const HIDE_CALL_ID: u32 = 1 << 3;
    /// The name of the call stands in the user.
    pub const NAME_IN_USER: u32 = 1 << 4;
    /// The caller is always shown the same Contact.
    pub const KEEP_FOR_CALLER: u32 = 1 << 5;
    /// The callee is.
    pub const KEEP_FOR_CALLEE: u32 = 1 << 6;
}

/// The module's parameters.
struct Parameters {
    force_dialog: bool,
    uri_params: Vec<String>,
    header_params: Vec<String>,
    call_id_password: String,
    call_id_prefix: String,
    info_password: String,
    info_param: String,
    scheme: Scheme,
    caller_user: String,
    callee_user: String,
    loop_protection: bool,
}

impl Parameters {
    /// The value of a call with the user that is shown to a party.
    fn user_value(&self, to: Party) -> &str {
        if to == Party::Caller { &self.caller_user } else { &self.callee_user }
    }
}

fn init(setup: &mut Setup) -> InitResult {
    let text =
        |name: &str, default: &str| setup.text("topology_hiding", name).unwrap_or_else(|| default.to_owned());
    let list = |name: &str| {
        let words = text(name, "");
        words.split(';').map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    let scheme = text("th_contact_encode_scheme", "base64");
    let parameters = Parameters {
        force_dialog: setup.int("topology_hiding", "force_dialog", 0) != 0,
        uri_params: list("th_passed_contact_uri_params"),
        header_params: list("th_passed_contact_params"),
        call_id_password: text("th_callid_passwd", "OpenSIPS"),
        call_id_prefix: text("th_callid_prefix", "DLGCH_"),
        info_password: text("th_contact_encode_passwd", "ToPoCtPaSS"),
        info_param: text("th_contact_encode_param", "thinfo"),
        scheme: match scheme.as_str() {
            "base64" => Scheme::Base64,
            "base32" => Scheme::Base32,
            _ => return Err(format!("th_contact_encode_scheme: {scheme} is none of base64 and base32")),
        },
        caller_user: text("th_contact_caller_username_var", "_th_contact_caller_username_var_"),
        callee_user: text("th_contact_callee_username_var", "_th_contact_callee_username_var_"),
        loop_protection: setup.int("topology_hiding", "th_callid_loop_protection", 0) != 0,
    };
    if parameters.call_id_prefix.is_empty() || parameters.info_param.is_empty() {
        return Err("th_callid_prefix and th_contact_encode_param must not be empty".to_owned());
    }
    if parameters.force_dialog && !setup.loads("dialog") {
        return Err("force_dialog needs the module dialog".to_owned());
    }
    setup.share(Arc::new(parameters));
    setup.hooks.call_id.push(call_id::known_as);
    setup.hooks.dialog.push(request::on_dialog);
    setup.hooks.relayed.push(reply::on_relayed);
    Ok(())
}
