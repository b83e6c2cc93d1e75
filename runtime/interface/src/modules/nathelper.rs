//! `nathelper`: clients behind NAT: tests, repairs and pings

use crate::{Effect, Function, Kind, MiCommand, ModParam, Module, RouteKind, Routes, optional, required};

const REQUESTS: Routes = Routes::of(&[RouteKind::Request]);
const ON_THE_WAY: Routes =
    Routes::of(&[RouteKind::Request, RouteKind::Reply, RouteKind::Branch, RouteKind::Local]);
const NO_REPLY: Routes = Routes::of(&[RouteKind::Request, RouteKind::Branch, RouteKind::Local]);
const ALL: Routes = Routes::of(&[
    RouteKind::Request,
    RouteKind::Failure,
    RouteKind::Reply,
    RouteKind::Branch,
    RouteKind::Local,
]);

/// The tests of `nat_uac_test`, in the order of the bits they had as a number.
pub const TESTS: &[&str] = &[
    "private-contact",
    "diff-ip-src-via",
    "private-via",
    "private-sdp",
    "diff-port-src-via",
    "diff-ip-src-contact",
    "diff-port-src-contact",
    "carrier-grade-nat",
];

/// What `fix_nated_sdp` can do.
pub const SDP_FLAGS: &[&str] =
    &["add-dir-active", "rewrite-media-ip", "add-no-rtpproxy", "rewrite-origin-ip", "rewrite-null-ips"];

/// What `fix_nated_contact` can do.
pub const CONTACT_FLAGS: &[&str] = &["preserve-uri"];

/// Bits of comma separated names; `None` when one is unknown.
pub fn flags(text: &[u8], names: &[&str]) -> Option<u32> {
    let bit = |word: &[u8]| names.iter().position(|n| n.as_bytes() == word).map(|n| 1 << n);
    text.split(|c| *c == b',')
        .map(|word| bit(word.trim_ascii()))
        .try_fold(0, |all, b| b.map(|b: u32| all | b))
}

fn tests(text: &[u8]) -> Result<(), &'static str> {
    flags(text, TESTS).map(drop).ok_or(
        "it must be names joined by commas: private-contact, diff-ip-src-via, private-via, private-sdp, \
         diff-port-src-via, diff-ip-src-contact, diff-port-src-contact, carrier-grade-nat",
    )
}

fn sdp_flags(text: &[u8]) -> Result<(), &'static str> {
    flags(text, SDP_FLAGS).map(drop).ok_or(
        "it must be names joined by commas: add-dir-active, rewrite-media-ip, add-no-rtpproxy, rewrite-origin-ip, \
         rewrite-null-ips",
    )
}

fn contact_flags(text: &[u8]) -> Result<(), &'static str> {
    flags(text, CONTACT_FLAGS).map(drop).ok_or("the one flag there is is preserve-uri")
}

/// The table of `nathelper`.
pub const MODULE: Module = Module {
    name: "nathelper",
    summary: "Clients behind NAT: recognises them, puts their real address in place, and keeps their bindings open",
    functions: FUNCTIONS,
    params: PARAMS,
    mi: &[MiCommand::new(
        "nathelper:enable_ping",
        &[&[], &["status"]],
        "Switches pinging off (0) or on, or tells whether it is on.",
    )
    .also(&["enable_ping", "nh_enable_ping"])],
    ..Module::EMPTY
};

const FUNCTIONS: &[Function] = &[
    Function::new(
        "fix_nated_contact",
        &[optional("params", Kind::Text), optional("flags", Kind::Text).checked(contact_flags)],
        ON_THE_WAY,
        Effect::Edits,
        "Puts the address that the message came from into the Contact URIs.",
    ),
    Function::new(
        "restore_nated_ruri",
        &[],
        NO_REPLY,
        Effect::Edits,
        "Takes back what fix_nated_contact did with preserve-uri: the original host in the request URI, the real one in $du.",
    ),
    Function::new(
        "fix_nated_sdp",
        &[
            required("flags", Kind::Text).checked(sdp_flags),
            optional("ip", Kind::Text),
            optional("sdp_fields", Kind::Text),
        ],
        ALL,
        Effect::Edits,
        "Puts an address (that of the sender) into the session description.",
    ),
    Function::new(
        "nat_uac_test",
        &[required("flags", Kind::Text).checked(tests)],
        ALL,
        Effect::Reads,
        "Whether one of the tests says that the sender is behind NAT.",
    ),
    Function::new(
        "fix_nated_register",
        &[],
        REQUESTS,
        Effect::Edits,
        "Tells the registrar, in received_avp, where the REGISTER came from.",
    ),
    Function::new(
        "add_rcv_param",
        &[optional("in_uri", Kind::Int)],
        REQUESTS,
        Effect::Edits,
        "Adds parameter received, with where the message came from, to the Contacts.",
    ),
];

const PARAMS: &[ModParam] = &[
    ModParam::int("natping_interval", "Seconds between two pings of a contact; 0: no pings."),
    ModParam::int("ping_nated_only", "Only contacts with usrloc's nat_bflag are pinged."),
    ModParam::text(
        "natping_socket",
        "The IPv4 address and port that pings without SIP seem to come from; takes CAP_NET_RAW.",
    ),
    ModParam::int("natping_tcp", "Contacts on open connections are pinged too."),
    ModParam::int("natping_partitions", "No effect: pings are spread over the interval anyway."),
    ModParam::text("nortpproxy_str", "The line that add-no-rtpproxy adds."),
    ModParam::text("received_avp", "The AVP for fix_nated_register; registrar's must be the same."),
    ModParam::text("force_socket", "The socket that pings leave from when the contact has none."),
    ModParam::text("sipping_bflag", "Contacts with this branch flag are pinged with a SIP request."),
    ModParam::text("remove_on_timeout_bflag", "Contacts with this branch flag go when they do not answer."),
    ModParam::text("sipping_latency_flag", "For contacts with this branch flag the time to answer is kept."),
    ModParam::text("sipping_from", "The From URI of SIP pings."),
    ModParam::text("sipping_method", "The method of SIP pings."),
    ModParam::text(
        "sipping_ignore_rpl_codes",
        "Replies with these codes, joined by commas, are no answer to a ping.",
    ),
    ModParam::at_least(0, "ping_threshold", "Seconds to wait for the answer to a ping."),
    ModParam::at_least(0, "max_pings_lost", "So many unanswered pings in a row remove a contact."),
    ModParam::text(
        "oldip_skip",
        "c, o or both: no a=oldcip, a=oldoip line beside what fix_nated_sdp replaced.",
    ),
];
