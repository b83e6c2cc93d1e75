//! `topology_hiding`: each side of a call sees this server only

use crate::{
    Effect, Function, Inner, Kind, ModParam, Module, RouteKind, Routes, ValueType, Variable, optional,
};

const REQUEST: Routes = Routes::of(&[RouteKind::Request]);

/// The table of `topology_hiding`.
pub const MODULE: Module = Module {
    name: "topology_hiding",
    summary: "Hides from each side of a call how the other one is reached: Via, Record-Route, Contact, Call-ID",
    depends: &["tm"],
    functions: &[
        Function::new(
            "topology_hiding",
            &[optional("flags", Kind::Text), optional("users", Kind::Text)],
            REQUEST,
            Effect::Edits,
            "Hides in a first request and its replies. Flags: U keeps users of Contacts; with dialog C hides the Call-ID, \
             D puts the name of the call into the user, a and A keep the Contact that caller and callee were shown. \
             Users for Contacts: USER, or /CALLER/CALLEE.",
        ),
        Function::new(
            "topology_hiding_match",
            &[optional("mode", Kind::Text).checked(mode)],
            REQUEST,
            Effect::Edits,
            "Brings a request inside a call on its way, and hides in it and its replies.",
        ),
    ],
    params: &[
        ModParam::int("force_dialog", "1: a call is made when there is none; needs module dialog."),
        ModParam::text("th_passed_contact_uri_params", "Parameters of Contact URIs that are shown: a;b."),
        ModParam::text("th_passed_contact_params", "Parameters of Contact headers that are shown: a;b."),
        ModParam::text("th_callid_passwd", "Hides Call-IDs: OpenSIPS."),
        ModParam::text("th_callid_prefix", "Begins hidden Call-IDs: DLGCH_."),
        ModParam::text("th_contact_encode_passwd", "Hides what is kept in Contacts: ToPoCtPaSS."),
        ModParam::text("th_contact_encode_param", "The parameter of Contact URIs for that: thinfo."),
        ModParam::text("th_contact_encode_scheme", "How it is written: base64 or base32."),
        ModParam::text(
            "th_contact_caller_username_var",
            "The value of a call with the user shown to the caller: _th_contact_caller_username_var_.",
        ),
        ModParam::text(
            "th_contact_callee_username_var",
            "The same for the callee: _th_contact_callee_username_var_.",
        ),
        ModParam::int("th_callid_loop_protection", "1: hidden Call-IDs tell whose request it is."),
    ],
    variables: &[Variable {
        name: "TH_callee_callid",
        function: "th_callee_callid",
        inner: Inner::None,
        writable: false,
        indexed: false,
        value: ValueType::Text,
        summary: "The Call-ID that the callee sees; NULL when none is hidden.",
    }],
    ..Module::EMPTY
};

fn mode(text: &[u8]) -> Result<(), &'static str> {
    let modes = ["did_only", "did_fallback", "did_none"];
    if modes.iter().any(|m| text.eq_ignore_ascii_case(m.as_bytes())) {
        return Ok(());
    }
    Err("did_only, did_fallback or did_none")
}
