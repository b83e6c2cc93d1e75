//! `permissions`: which addresses and URIs are allowed

use crate::{
    Effect, Function, Kind, MiCommand, ModParam, Module, RouteKind, Routes, fixed, optional, required,
};

/// The table of `permissions`.
pub const MODULE: Module = Module {
    name: "permissions",
    summary: "Which addresses and URIs are allowed: a table of networks, and files of rules",
    functions: &[
        Function::new(
            "check_address",
            &[
                required("group", Kind::Int),
                required("ip", Kind::Text),
                required("port", Kind::Int),
                required("protocol", Kind::Text).checked(is_protocol),
                optional("info", Kind::Variable),
                optional("pattern", Kind::Text),
                optional("partition", Kind::Text).told(),
            ],
            ANY_REQUEST,
            Effect::Edits,
            "Whether an address is in a group (0: in any); its context_info goes into the variable.",
        )
        .returning("-2 when there is no such group"),
        Function::new(
            "check_source_address",
            &[
                required("group", Kind::Int),
                optional("info", Kind::Variable),
                optional("pattern", Kind::Text),
                optional("partition", Kind::Text).told(),
            ],
            REQUEST,
            Effect::Edits,
            "The same for the address that the message came from.",
        )
        .returning("-2 when there is no such group"),
        Function::new(
            "get_source_group",
            &[required("group", Kind::Variable), optional("partition", Kind::Text).told()],
            REQUEST,
            Effect::Edits,
            "The first group that has the address that the message came from.",
        ),
        Function::new(
            "allow_routing",
            &[fixed("basename", Kind::Text).or_none().told()],
            Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Local]),
            Effect::Reads,
            "Whether the rules allow the caller the request URI and the branches.",
        ),
        Function::new(
            "allow_register",
            &[fixed("basename", Kind::Text).told()],
            Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Local]),
            Effect::Reads,
            "Whether the rules allow the user of To the contacts of a REGISTER.",
        ),
        Function::new(
            "allow_uri",
            &[fixed("basename", Kind::Text).told(), required("uri", Kind::Text)],
            ANY_REQUEST,
            Effect::Reads,
            "Whether the rules allow the caller a URI.",
        ),
    ],
    params: &[
        ModParam::text("default_allow_file", "Rules of allow_routing() without name; \"permissions.allow\"."),
        ModParam::text("default_deny_file", "The rules against; \"permissions.deny\"."),
        ModParam::int("check_all_branches", "0: allow_routing looks at the request URI only; 1."),
        ModParam::text("allow_suffix", "Behind the name of a file of rules; \".allow\"."),
        ModParam::text("deny_suffix", "Behind the name of a file of rules against; \".deny\"."),
        ModParam::text("partition", "A further table: name: db_url=…; table_name=….").repeated(),
        ModParam::text("db_url", "The database of the table of addresses."),
        ModParam::text("address_table", "The table; \"address\"."),
        ModParam::text("ip_col", "Its column of addresses; \"ip\"."),
        ModParam::text("proto_col", "Its column of protocols; \"proto\"."),
        ModParam::text("pattern_col", "Its column of patterns; \"pattern\"."),
        ModParam::text("info_col", "Its column of what check_address gives; \"context_info\"."),
        ModParam::text("grp_col", "Its column of groups; \"grp\"."),
        ModParam::text("mask_col", "Its column of prefix lengths; \"mask\"."),
        ModParam::text("port_col", "Its column of ports; \"port\"."),
    ],
    mi: &[
        MiCommand::new(
            "permissions:address_reload",
            &[&[], &["partition"]],
            "Reads the table of addresses anew, of all partitions or of one.",
        ),
        MiCommand::new(
            "permissions:address_dump",
            &[&[], &["partition"]],
            "The single addresses in the table.",
        ),
        MiCommand::new("permissions:subnet_dump", &[&[], &["partition"]], "The networks in the table."),
        MiCommand::new(
            "permissions:allow_uri",
            &[&["basename", "uri", "contact"]],
            "Whether the rules of a file allow a URI another one.",
        ),
    ],
    ..Module::EMPTY
};

const REQUEST: Routes =
    Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch, RouteKind::Local]);

const ANY_REQUEST: Routes = Routes::of(&[
    RouteKind::Request,
    RouteKind::Failure,
    RouteKind::Branch,
    RouteKind::Local,
    RouteKind::Startup,
    RouteKind::Timer,
    RouteKind::Event,
]);

/// Protocols that OpenSIPS knows.
pub const PROTOCOLS: &[&str] = &[
    "any", "udp", "tcp", "tls", "sctp", "ws", "wss", "ipsec", "bin", "bins", "hep_udp", "hep_tcp", "hep_tls",
    "smpp", "msrp", "msrps",
];

fn is_protocol(word: &[u8]) -> Result<(), &'static str> {
    let known = word.is_empty() || PROTOCOLS.iter().any(|p| p.as_bytes().eq_ignore_ascii_case(word));
    if known { Ok(()) } else { Err("it is no protocol, such as any, udp or tcp") }
}
