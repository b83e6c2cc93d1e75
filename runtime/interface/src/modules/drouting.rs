//! `drouting`: routes by prefix, group and time

use crate::{
    Effect, Function, Kind, MiCommand, ModParam, Module, Param, RouteKind, Routes, optional, required,
};

/// The table of `drouting`.
pub const MODULE: Module = Module {
    name: "drouting",
    summary: "Routes by prefix, group and time to gateways and carriers",
    functions: &[
        Function::new(
            "do_routing",
            &[
                optional("group", Kind::Int),
                optional("flags", Kind::Text),
                optional("whitelist", Kind::Text),
                optional("rule_attributes", Kind::Variable),
                GW_ATTRS,
                CARRIER_ATTRS,
                PARTITION,
            ],
            Routes::ALL,
            Effect::Suspends,
            "Finds the rule for the user of the request URI and goes to its first gateway; the others wait.",
        ),
        Function::new(
            "route_to_carrier",
            &[required("carriers", Kind::Text), GW_ATTRS, CARRIER_ATTRS, PARTITION],
            Routes::ALL,
            Effect::Edits,
            "Goes to the gateways of carriers, given with commas.",
        ),
        Function::new(
            "route_to_gw",
            &[required("gateways", Kind::Text), GW_ATTRS, CARRIER_ATTRS, PARTITION],
            Routes::ALL,
            Effect::Edits,
            "Goes to gateways, given with commas.",
        ),
        Function::new(
            "use_next_gw",
            &[optional("rule_attributes", Kind::Variable), GW_ATTRS, CARRIER_ATTRS, PARTITION],
            Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch, RouteKind::Local]),
            Effect::Suspends,
            "Goes to the next gateway, or with the flag F of do_routing to the next rule.",
        ),
        Function::new(
            "is_from_gw",
            &[optional("type", Kind::Int), optional("flags", Kind::Text), GW_ATTRS, CARRIER_ATTRS, PARTITION],
            Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Reply, RouteKind::Branch]),
            Effect::Edits,
            "Whether the message came from a gateway.",
        ),
        Function::new(
            "goes_to_gw",
            &[optional("type", Kind::Int), optional("flags", Kind::Text), GW_ATTRS, CARRIER_ATTRS, PARTITION],
            ANY_MESSAGE,
            Effect::Suspends,
            "Whether the request goes to a gateway.",
        ),
        Function::new(
            "dr_is_gw",
            &[
                required("uri", Kind::Text),
                optional("type", Kind::Int),
                optional("flags", Kind::Text),
                GW_ATTRS,
                CARRIER_ATTRS,
                PARTITION,
            ],
            Routes::ALL,
            Effect::Suspends,
            "Whether a URI leads to a gateway.",
        ),
        Function::new(
            "dr_disable",
            &[PARTITION],
            ANY_MESSAGE,
            Effect::Edits,
            "Takes the gateway that the request goes to out of use until a probe is answered.",
        ),
        Function::new(
            "dr_match",
            &[
                required("group", Kind::Int),
                optional("flags", Kind::Text),
                required("number", Kind::Text),
                optional("rule_attributes", Kind::Variable),
                PARTITION,
            ],
            ANY_MESSAGE,
            Effect::Edits,
            "Whether there is a rule for a number.",
        ),
    ],
    params: &[
        ModParam::int("use_partitions", "1: partitions are in the table db_partitions_table; 0."),
        ModParam::text("db_partitions_url", "The database of that table."),
        ModParam::text("db_partitions_table", "The table; \"dr_partitions\"."),
        ModParam::text("db_url", "The database of the tables without partitions."),
        ModParam::text("drd_table", "The table of gateways; \"dr_gateways\"."),
        ModParam::text("drr_table", "The table of rules; \"dr_rules\"."),
        ModParam::text("drg_table", "The table of users' groups; \"dr_groups\"."),
        ModParam::text("drc_table", "The table of carriers; \"dr_carriers\"."),
        ModParam::int("use_domain", "0: users have their groups whatever their domain; 1."),
        ModParam::text("drg_user_col", "Its column of users; \"username\"."),
        ModParam::text("drg_domain_col", "Its column of domains; \"domain\"."),
        ModParam::text("drg_grpid_col", "Its column of groups; \"groupid\"."),
        ModParam::text("ruri_avp", "Where request URIs wait for use_next_gw; \"$avp(___dr_ruri__)\"."),
        ModParam::text("gw_id_avp", "Where the gateways are kept; \"$avp(___dr_gw_id__)\"."),
        ModParam::text("gw_priprefix_avp", "Where their prefixes are left; none."),
        ModParam::text("gw_sock_avp", "Where their sockets wait; \"$avp(___dr_sock__)\"."),
        ModParam::text("rule_id_avp", "Where the number of the rule is left; none."),
        ModParam::text("rule_prefix_avp", "Where the prefix of the rule is left; none."),
        ModParam::text("carrier_id_avp", "Where the carriers of the gateways are left; none."),
        ModParam::int("force_dns", "1: a gateway whose name is not known is not used; 1."),
        ModParam::int("default_group", "The group of users that have none; none."),
        ModParam::text("define_blacklist", "A blacklist of gateways by their types: name = type, ….")
            .repeated(),
        ModParam::int("probing_interval", "Seconds between probes; 0: none. 30."),
        ModParam::text("probing_method", "The method of probes; \"OPTIONS\"."),
        ModParam::text("probing_from", "From of probes; \"sip:prober@localhost\"."),
        ModParam::text("probing_socket", "The socket that probes leave from."),
        ModParam::text("probing_reply_codes", "Further codes that mean that a gateway works, with commas."),
        ModParam::int("persistent_state", "1: states are kept in the tables; 1."),
        ModParam::int("no_concurrent_reload", "1: a reload during another one is refused; 0."),
        ModParam::text("partition_id_pvar", "The variable that tells which partition `*` has found."),
        ModParam::text("extra_prefix_chars", "Characters of prefixes besides digits."),
        ModParam::text(
            "extra_id_chars",
            "Characters of gateways' names besides letters and digits; \"_-.\".",
        ),
        ModParam::text(
            "gw_socket_filter_mode",
            "\"ignore\": sockets of the table are ignored; \"matched-only\": gateways with another server's are left out; \"none\".",
        ),
    ],
    mi: &[
        MiCommand::new(
            "drouting:reload",
            &[&[], &["inherit_state"], &["partition_name"], &["partition_name", "inherit_state"]],
            "Reads the tables anew.",
        )
        .also(&["dr_reload"]),
        MiCommand::new(
            "drouting:gw_status",
            &[
                &[],
                &["partition_name"],
                &["gw_id"],
                &["gw_id", "status"],
                &["partition_name", "gw_id"],
                &["partition_name", "gw_id", "status"],
            ],
            "Shows gateways, or sets the state of one: 0 out of use, 1 in use.",
        )
        .also(&["dr_gw_status"]),
        MiCommand::new(
            "drouting:carrier_status",
            &[
                &[],
                &["partition_name"],
                &["carrier_id"],
                &["carrier_id", "status"],
                &["partition_name", "carrier_id"],
                &["partition_name", "carrier_id", "status"],
            ],
            "Shows carriers, or sets the state of one: 0 out of use, 1 in use.",
        )
        .also(&["dr_carrier_status"]),
        MiCommand::new(
            "drouting:number_routing",
            &[
                &["number"],
                &["group_id", "number"],
                &["partition_name", "number"],
                &["partition_name", "group_id", "number"],
            ],
            "The rule for a number.",
        )
        .also(&["dr_number_routing"]),
        MiCommand::new("drouting:reload_status", &[&[], &["partition_name"]], "When the tables were read.")
            .also(&["dr_reload_status"]),
        MiCommand::new(
            "drouting:enable_probing",
            &[&[], &["status"]],
            "Switches probing, or tells whether it is on.",
        )
        .also(&["dr_enable_probing"]),
    ],
    events: &["E_DROUTING_STATUS"],
    ..Module::EMPTY
};

const GW_ATTRS: Param = optional("gateway_attributes", Kind::Variable);
const CARRIER_ATTRS: Param = optional("carrier_attributes", Kind::Variable);
const PARTITION: Param = optional("partition", Kind::Text).told();

const ANY_MESSAGE: Routes = Routes::of(&[
    RouteKind::Request,
    RouteKind::Failure,
    RouteKind::Reply,
    RouteKind::Branch,
    RouteKind::Local,
]);
