//! `auth`: digest authentication of requests

use crate::{Effect, Function, Kind, ModParam, Module, RouteKind, Routes, optional, required};

use super::uac::algorithms;

const REQUEST: Routes = Routes::of(&[RouteKind::Request]);
const ENDS: &str = "0, which ends the script";
const RESULTS: &str =
    "-1: unknown user, -2: wrong password, -3: stale nonce, -4: no credentials, 0: an error was replied";

const fn challenge(name: &'static str, summary: &'static str) -> Function {
    const PARAMS: &[crate::Param] = &[
        required("realm", Kind::Text),
        optional("qop", Kind::Text).checked(qop),
        optional("algorithms", Kind::Text).checked(algorithms),
    ];
    Function::new(name, PARAMS, REQUEST, Effect::Edits, summary).returning(ENDS)
}

/// The table of `auth`.
pub const MODULE: Module = Module {
    name: "auth",
    summary: "Digest authentication of requests: challenges, and credentials checked against variables",
    depends: &["signaling"],
    functions: &[
        challenge(
            "www_challenge",
            "Replies 401 with a challenge for each algorithm; an empty realm is the domain.",
        ),
        challenge(
            "proxy_challenge",
            "Replies 407 with a challenge for each algorithm; an empty realm is the domain.",
        ),
        Function::new(
            "pv_www_authorize",
            &[required("realm", Kind::Text)],
            REQUEST,
            Effect::Edits,
            "Checks the credentials in Authorization against username_spec and password_spec.",
        )
        .returning(RESULTS),
        Function::new(
            "pv_proxy_authorize",
            &[required("realm", Kind::Text)],
            REQUEST,
            Effect::Edits,
            "Checks the credentials in Proxy-Authorization against username_spec and password_spec.",
        )
        .returning(RESULTS),
        Function::new(
            "consume_credentials",
            &[],
            REQUEST,
            Effect::Edits,
            "Removes the credentials that were checked, so that others do not see them.",
        ),
        Function::new(
            "is_rpid_user_e164",
            &[],
            REQUEST,
            Effect::Reads,
            "Whether the user of the URI in rpid_avp is a number with +.",
        ),
        Function::new(
            "append_rpid_hf",
            &[optional("prefix", Kind::Text), optional("suffix", Kind::Text)],
            Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch]),
            Effect::Edits,
            "Adds a Remote-Party-ID header with the text of rpid_avp.",
        ),
    ],
    params: &[
        ModParam::text("secret", "32 characters that sign nonces; random for each run when it is not set."),
        ModParam::at_least(0, "nonce_expire", "Seconds for which a nonce is good: 30."),
        ModParam::text("rpid_prefix", "What append_rpid_hf writes before the text."),
        ModParam::text(
            "rpid_suffix",
            "What it writes behind it: ;party=calling;id-type=subscriber;screen=yes.",
        ),
        ModParam::text("realm_prefix", "Taken away from the front of domains that become realms."),
        ModParam::text("rpid_avp", "The AVP with the text for Remote-Party-ID: $avp(rpid)."),
        ModParam::text("username_spec", "The variable with the user that is expected."),
        ModParam::text("password_spec", "The variable with the password, or with HA1."),
        ModParam::int("calculate_ha1", "1: password_spec is a password."),
        ModParam::int("disable_nonce_check", "1: a nonce may be used more than once."),
    ],
    ..Module::EMPTY
};

/// A list of `auth` and `auth-int`.
fn qop(text: &[u8]) -> Result<(), &'static str> {
    let good = text.split(|c| *c == b',').all(|w| matches!(w.trim_ascii(), b"auth" | b"auth-int"));
    if good { Ok(()) } else { Err("auth, auth-int or both") }
}
