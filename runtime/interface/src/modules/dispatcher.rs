//! `dispatcher`: sets of destinations

use crate::{
    Effect, Function, Kind, MiCommand, ModParam, Module, Param, RouteKind, Routes, optional, required,
};

/// The table of `dispatcher`.
pub const MODULE: Module = Module {
    name: "dispatcher",
    summary: "Spreads requests over sets of destinations, and probes them",
    functions: &[
        Function::new(
            "ds_select_dst",
            SELECT,
            SENDING,
            Effect::Edits,
            "Chooses a destination of a set for $du.",
        ),
        Function::new(
            "ds_select_domain",
            SELECT,
            SENDING,
            Effect::Edits,
            "Chooses a destination of a set for host and port of the request URI.",
        ),
        Function::new(
            "ds_next_dst",
            &[PARTITION],
            REQUEST,
            Effect::Edits,
            "Takes the next destination that a choice with the flag f left, for $du.",
        ),
        Function::new(
            "ds_next_domain",
            &[PARTITION],
            REQUEST,
            Effect::Edits,
            "The same for host and port of the request URI.",
        ),
        Function::new(
            "ds_mark_dst",
            &[optional("state", Kind::Text), PARTITION],
            REQUEST,
            Effect::Edits,
            "Sets the state of the destination that was taken last: i inactive (when left out), p probing, a active.",
        ),
        Function::new(
            "ds_is_in_list",
            &[
                required("ip", Kind::Text),
                required("port", Kind::Int),
                optional("set", Kind::Int),
                PARTITION,
                optional("active_only", Kind::Int),
                optional("pattern", Kind::Text),
            ],
            Routes::of(&[
                RouteKind::Request,
                RouteKind::Failure,
                RouteKind::Reply,
                RouteKind::Branch,
                RouteKind::Local,
            ]),
            Effect::Edits,
            "Whether an address is one of a destination; port 0 stands for any.",
        ),
        Function::new(
            "ds_count",
            &[
                required("set", Kind::Int),
                required("filter", Kind::Text),
                required("result", Kind::Variable),
                PARTITION,
            ],
            Routes::of(&[
                RouteKind::Request,
                RouteKind::Failure,
                RouteKind::Branch,
                RouteKind::Local,
                RouteKind::Timer,
                RouteKind::Event,
            ]),
            Effect::Edits,
            "Counts the destinations of a set that are active (a), inactive (i) or probed (p).",
        ),
        Function::new(
            "ds_push_script_attrs",
            &[
                required("attributes", Kind::Text),
                required("ip", Kind::Text),
                required("port", Kind::Int),
                optional("set", Kind::Int),
                PARTITION,
            ],
            Routes::ALL,
            Effect::Edits,
            "Leaves a text with the destinations that have an address.",
        ),
        Function::new(
            "ds_get_script_attrs",
            &[
                required("uri", Kind::Text),
                required("set", Kind::Int),
                PARTITION,
                required("result", Kind::Variable),
            ],
            Routes::ALL,
            Effect::Edits,
            "Reads the text that was left with a destination.",
        ),
    ],
    params: &[
        ModParam::text("partition", "A further table: name: setting=value; …; or default: name.").repeated(),
        ModParam::text("db_url", "The database of the table."),
        ModParam::text("table_name", "The table; \"dispatcher\"."),
        ModParam::text("setid_col", "Its column of sets; \"setid\"."),
        ModParam::text("destination_col", "Its column of URIs; \"destination\"."),
        ModParam::text("socket_col", "Its column of sockets to send from; \"socket\"."),
        ModParam::text("state_col", "Its column of states; \"state\"."),
        ModParam::text("weight_col", "Its column of weights; \"weight\"."),
        ModParam::text("priority_col", "Its column of priorities, the greatest first; \"priority\"."),
        ModParam::text("attrs_col", "Its column of attributes; \"attrs\"."),
        ModParam::text("description_col", "Its column of descriptions; \"description\"."),
        ModParam::text("probe_mode_col", "Its column of what is always probed; \"probe_mode\"."),
        ModParam::text("dst_avp", "Where destinations wait for ds_next_dst; \"$avp(ds_dst_failover)\"."),
        ModParam::text("grp_avp", "Where their set is kept; \"$avp(ds_grp_failover)\"."),
        ModParam::text("cnt_avp", "Where their number is kept; \"$avp(ds_cnt_failover)\"."),
        ModParam::text("sock_avp", "Where their sockets wait; \"$avp(ds_sock_failover)\"."),
        ModParam::text("attrs_avp", "Where their attributes are left; none."),
        ModParam::text("script_attrs_avp", "Where the texts are left that scripts gave them; none."),
        ModParam::text("algo_route", "The route that algorithm 10 asks for the rank of a destination."),
        ModParam::text("hash_pvar", "What algorithm 7 chooses by: a text with variables."),
        ModParam::text("setid_pvar", "The variable that ds_is_in_list writes the set into."),
        ModParam::text(
            "pvar_algo_pattern",
            "The variable that algorithm 9 sorts by; %i is the set, %u the URI.",
        ),
        ModParam::int("ds_probing_threshhold", "The older spelling of ds_probing_threshold."),
        ModParam::int("ds_probing_threshold", "Failures after which a destination is probed; 3."),
        ModParam::text("ds_ping_method", "The method of probes; \"OPTIONS\"."),
        ModParam::text("ds_ping_from", "From of probes; \"sip:dispatcher@localhost\"."),
        ModParam::int("ds_ping_interval", "Seconds between probes; 0: none."),
        ModParam::int("ds_ping_maxfwd", "Max-Forwards of probes; 70."),
        ModParam::int("ds_probing_mode", "1: all destinations are probed, 0: those that failed; 0."),
        ModParam::text(
            "options_reply_codes",
            "Further codes that mean that a destination works, with commas.",
        ),
        ModParam::text("ds_probing_sock", "The socket that probes leave from."),
        ModParam::text("ds_probing_list", "The sets that are probed, with commas; all."),
        ModParam::text("ds_define_blacklist", "A blacklist of the addresses of sets: name = set, ….")
            .repeated(),
        ModParam::int("persistent_state", "1: states are kept in the table; 1."),
    ],
    mi: &[
        MiCommand::new(
            "dispatcher:set_state",
            &[&["state", "group", "address"]],
            "Sets a destination's state.",
        )
        .also(&["ds_set_state"]),
        MiCommand::new(
            "dispatcher:list",
            &[&[], &["partition"], &["full"], &["full", "partition"]],
            "All sets with their destinations.",
        )
        .also(&["ds_list"]),
        MiCommand::new(
            "dispatcher:reload",
            &[&[], &["inherit_state"], &["partition"], &["partition", "inherit_state"]],
            "Reads the tables anew.",
        )
        .also(&["ds_reload"]),
        MiCommand::new(
            "dispatcher:push_script_attrs",
            &[&["attrs", "ip", "port", "set"], &["attrs", "ip", "port", "set", "partition"]],
            "Leaves a text with the destinations that have an address.",
        )
        .also(&["ds_push_script_attrs"]),
    ],
    events: &["E_DISPATCHER_STATUS"],
    ..Module::EMPTY
};

const PARTITION: Param = optional("partition", Kind::Text).told();

const SELECT: &[Param] = &[
    required("set", Kind::Int),
    required("algorithm", Kind::Int),
    optional("flags", Kind::Text).checked(are_flags),
    PARTITION,
    optional("max_results", Kind::Int),
];

const SENDING: Routes =
    Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch, RouteKind::Local]);

const REQUEST: Routes = Routes::of(&[RouteKind::Request, RouteKind::Failure]);

fn are_flags(text: &[u8]) -> Result<(), &'static str> {
    let known = text.iter().all(|c| b" fudaFUDA".contains(c));
    if known { Ok(()) } else { Err("flags are f (failover), u (user only), d (default), a (append)") }
}
