//! `registrar`: registration (RFC 3261 section 10): save contacts, look them up

use crate::{
    Effect, Function, Kind, ModParam, Module, ParamKind, RouteKind, Routes, fixed, optional, required,
};

const ROUTES_1: Routes = Routes::of(&[RouteKind::Request, RouteKind::Reply]);
const ROUTES_2: Routes = Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Reply]);
const ROUTES_3: Routes = Routes::of(&[
    RouteKind::Request,
    RouteKind::Failure,
    RouteKind::Reply,
    RouteKind::Branch,
    RouteKind::Local,
]);

/// The table of `registrar`.
pub const MODULE: Module = Module {
    name: "registrar",
    summary: "Registration (RFC 3261 section 10): save contacts, look them up",
    depends: &["usrloc", "signaling"],
    functions: &[
        Function {
            name: "save",
            params: &[
                fixed("domain", Kind::Text),
                optional("flags", Kind::Text),
                optional("aor", Kind::Text),
                optional("ownership_tag", Kind::Text),
            ],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Handles a REGISTER: stores its contacts and replies.",
            returns: "-1 when refused, which has been answered",
        },
        Function {
            name: "remove",
            params: &[
                fixed("domain", Kind::Text),
                required("aor", Kind::Text),
                optional("contact", Kind::Text),
                optional("next_hop", Kind::Text),
                optional("sip_instance", Kind::Text),
                optional("bflag", Kind::Text),
            ],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Removes contacts of a user.",
            returns: "",
        },
        Function {
            name: "lookup",
            params: &[
                fixed("domain", Kind::Text),
                optional("flags", Kind::Text),
                optional("aor", Kind::Text),
            ],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Puts the contacts of a user into the request URI and branches.",
            returns: "-1 not registered; -2 registered, but not for this method; -3 error",
        },
        Function {
            name: "is_registered",
            params: &[fixed("domain", Kind::Text), optional("aor", Kind::Text)],
            routes: ROUTES_3,
            effect: Effect::Reads,
            summary: "Whether a user has a contact.",
            returns: "",
        },
        Function {
            name: "is_contact_registered",
            params: &[
                fixed("domain", Kind::Text),
                optional("aor", Kind::Text),
                optional("contact", Kind::Text),
                optional("callid", Kind::Text),
            ],
            routes: ROUTES_3,
            effect: Effect::Reads,
            summary: "Whether a user has a contact with this URI, this Call-ID, or both.",
            returns: "",
        },
        Function {
            name: "is_ip_registered",
            params: &[
                fixed("domain", Kind::Text),
                optional("aor", Kind::Text),
                required("addresses", Kind::Variable),
                optional("ports", Kind::Variable),
            ],
            routes: ROUTES_3,
            effect: Effect::Reads,
            summary: "Whether a user has a contact at one of these addresses.",
            returns: "",
        },
        Function {
            name: "remove_ip_port",
            params: &[
                required("ip", Kind::Text),
                required("port", Kind::Int),
                fixed("domain", Kind::Text),
                optional("aor", Kind::Text),
            ],
            routes: Routes::ALL,
            effect: Effect::Edits,
            summary: "Removes the contacts whose next hop is this address and port.",
            returns: "",
        },
        Function {
            name: "add_sock_hdr",
            params: &[required("name", Kind::Text)],
            routes: Routes::of(&[RouteKind::Request]),
            effect: Effect::Edits,
            summary: "Adds a header that names the socket the request came in on.",
            returns: "",
        },
    ],
    params: &[
        ModParam {
            name: "default_expires",
            kind: ParamKind::Between(0, i32::MAX),
            repeats: false,
            summary: "Seconds a contact lives that names no lifetime.",
        },
        ModParam {
            name: "default_q",
            kind: ParamKind::Between(-1, 1000),
            repeats: false,
            summary: "q of contacts that name none, in thousandths; -1 for unspecified.",
        },
        ModParam {
            name: "case_sensitive",
            kind: ParamKind::Int,
            repeats: false,
            summary: "1: users are told apart by case.",
        },
        ModParam {
            name: "tcp_persistent_flag",
            kind: ParamKind::Text,
            repeats: false,
            summary: "A message flag: the connection that a REGISTER came over lasts as long as its contacts.",
        },
        ModParam {
            name: "realm_prefix",
            kind: ParamKind::Text,
            repeats: false,
            summary: "Prefix that is taken off the domain of users.",
        },
        ModParam {
            name: "min_expires",
            kind: ParamKind::Between(0, i32::MAX),
            repeats: false,
            summary: "Shortest lifetime, seconds.",
        },
        ModParam {
            name: "max_expires",
            kind: ParamKind::Between(0, i32::MAX),
            repeats: false,
            summary: "Longest lifetime, seconds; 0 for none.",
        },
        ModParam {
            name: "received_param",
            kind: ParamKind::Text,
            repeats: false,
            summary: "Parameter in which replies tell where a contact was seen.",
        },
        ModParam {
            name: "received_avp",
            kind: ParamKind::Text,
            repeats: false,
            summary: "AVP that tells where the request really came from.",
        },
        ModParam {
            name: "retry_after",
            kind: ParamKind::Between(0, i32::MAX),
            repeats: false,
            summary: "Seconds for Retry-After in 5xx replies; 0 for none.",
        },
        ModParam {
            name: "sock_hdr_name",
            kind: ParamKind::Text,
            repeats: false,
            summary: "Header that names the socket the request came in on.",
        },
        ModParam {
            name: "attr_avp",
            kind: ParamKind::Text,
            repeats: false,
            summary: "AVP with text to store along with contacts.",
        },
        ModParam {
            name: "max_contacts",
            kind: ParamKind::Between(0, i32::MAX),
            repeats: false,
            summary: "Most contacts of a user; 0 for no limit.",
        },
        ModParam {
            name: "max_username_len",
            kind: ParamKind::Between(0, i32::MAX),
            repeats: false,
            summary: "Longest user part, bytes.",
        },
        ModParam {
            name: "max_domain_len",
            kind: ParamKind::Between(0, i32::MAX),
            repeats: false,
            summary: "Longest domain, bytes.",
        },
        ModParam {
            name: "max_aor_len",
            kind: ParamKind::Between(0, i32::MAX),
            repeats: false,
            summary: "Longest address of record, bytes.",
        },
        ModParam {
            name: "max_contact_len",
            kind: ParamKind::Between(0, i32::MAX),
            repeats: false,
            summary: "Longest contact URI, bytes.",
        },
        ModParam {
            name: "allow_dup_cseq",
            kind: ParamKind::Int,
            repeats: false,
            summary: "1: a REGISTER with the Call-ID and CSeq of the one before is taken.",
        },
        ModParam {
            name: "disable_gruu",
            kind: ParamKind::Int,
            repeats: false,
            summary: "1: no GRUUs are handed out; 0 is refused, since this build has none.",
        },
    ],
    statistics: &["accepted_regs", "default_expire", "max_contacts", "max_expires", "rejected_regs"],
    ..Module::EMPTY
};
