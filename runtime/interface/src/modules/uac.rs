//! `uac`: requests in the name of others

use crate::{Effect, Function, Kind, ModParam, Module, RouteKind, Routes, optional, required};

const ROUTES: Routes = Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch]);

/// The table of `uac`.
pub const MODULE: Module = Module {
    name: "uac",
    summary: "Requests in the name of others: From and To replaced and put back, challenges answered",
    depends: &["tm"],
    functions: &[
        Function::new(
            "uac_replace_from",
            &[optional("display", Kind::Text), required("uri", Kind::Text)],
            ROUTES,
            Effect::Edits,
            "Replaces name and URI of From; an empty name removes it, an empty URI keeps it.",
        )
        .returning("-10: called twice"),
        Function::new(
            "uac_restore_from",
            &[],
            ROUTES,
            Effect::Edits,
            "Puts the URI of From back, or that of To in requests of the callee; for restore_mode manual.",
        ),
        Function::new(
            "uac_replace_to",
            &[optional("display", Kind::Text), required("uri", Kind::Text)],
            ROUTES,
            Effect::Edits,
            "Replaces name and URI of To; an empty name removes it, an empty URI keeps it.",
        )
        .returning("-10: called twice"),
        Function::new(
            "uac_restore_to",
            &[],
            ROUTES,
            Effect::Edits,
            "Puts the URI of To back, or that of From in requests of the callee; for restore_mode manual.",
        ),
        Function::new(
            "uac_auth",
            &[optional("algorithms", Kind::Text).checked(algorithms)],
            ROUTES,
            Effect::Edits,
            "Answers the challenge of the reply that a failure route is about; the request is to be relayed again.",
        ),
        Function::new(
            "uac_inc_cseq",
            &[required("by", Kind::Int)],
            ROUTES,
            Effect::Edits,
            "Raises the CSeq number of a request that has a transaction; its replies get the old one.",
        ),
    ],
    params: &[
        ModParam::text("rr_from_store_param", "The Route parameter, or dialog value, for From: vsf."),
        ModParam::text("rr_to_store_param", "The Route parameter, or dialog value, for To: vst."),
        ModParam::text(
            "restore_mode",
            "none, manual or auto: whether requests inside the call are changed too.",
        ),
        ModParam::text("restore_passwd", "Hides addresses in Route parameters."),
        ModParam::int("force_dialog", "1: make a call of the request, and keep the addresses with it."),
    ],
    ..Module::EMPTY
};

/// The algorithms that can be named, in lower case.
const ALGORITHMS: &[&str] =
    &["md5", "md5-sess", "sha-256", "sha-256-sess", "sha-512-256", "sha-512-256-sess"];

/// A list of algorithms, separated by commas.
pub fn algorithms(text: &[u8]) -> Result<(), &'static str> {
    let known = |word: &[u8]| ALGORITHMS.iter().any(|a| word.eq_ignore_ascii_case(a.as_bytes()));
    let good = text.split(|c| *c == b',').all(|word| known(word.trim_ascii()));
    if good {
        Ok(())
    } else {
        Err("one of MD5, MD5-sess, SHA-256, SHA-256-sess, SHA-512-256 or SHA-512-256-sess")
    }
}
