//! `load_balancer`: destinations by their free capacity

use crate::{
    Effect, Function, Kind, MiCommand, ModParam, Module, Param, RouteKind, Routes, optional, required,
};

const ROUTES: Routes = Routes::of(&[RouteKind::Request, RouteKind::Branch, RouteKind::Failure]);
const GROUP: Param = required("group", Kind::Int);
const RESOURCES: Param = required("resources", Kind::Text).checked(resources);
const FLAGS: Param = optional("flags", Kind::Text).checked(flags);
const ATTRIBUTES: Param = optional("attributes", Kind::Target);

const fn start(name: &'static str, summary: &'static str) -> Function {
    Function::new(name, &[GROUP, RESOURCES, FLAGS, ATTRIBUTES], ROUTES, Effect::Edits, summary)
        .returning("-2: no free capacity; -3: no destination in use; -4: a resource that is not known")
}

/// The table of `load_balancer`.
pub const MODULE: Module = Module {
    name: "load_balancer",
    summary: "Destinations by their free capacity",
    depends: &["dialog"],
    functions: &[
        start(
            "lb_start",
            "Goes to the destination of a group with the most free capacity of some resources.",
        ),
        start("load_balance", "The same as lb_start_or_next."),
        start("lb_start_or_next", "lb_start, or lb_next when it has run for this request."),
        Function::new(
            "lb_next",
            &[ATTRIBUTES],
            ROUTES,
            Effect::Edits,
            "Goes to the next best destination that has not been tried.",
        )
        .returning("-2: no free capacity; -3: no destination in use"),
        Function::new(
            "lb_reset",
            &[],
            ROUTES,
            Effect::Edits,
            "Takes the call off its destination, and forgets which ones were tried.",
        ),
        Function::new(
            "lb_is_started",
            &[],
            ROUTES,
            Effect::Reads,
            "Whether lb_start has run for this request.",
        ),
        Function::new(
            "lb_disable_dst",
            &[],
            ROUTES,
            Effect::Edits,
            "Takes the destination of the request out of use until a probe is answered.",
        ),
        Function::new(
            "lb_is_destination",
            &[
                required("ip", Kind::Text),
                required("port", Kind::Int),
                optional("group", Kind::Int),
                optional("active", Kind::Int),
                ATTRIBUTES,
            ],
            Routes::of(&[
                RouteKind::Request,
                RouteKind::Failure,
                RouteKind::Reply,
                RouteKind::Branch,
                RouteKind::Local,
            ]),
            Effect::Edits,
            "Whether an address is a destination's; port 0 is any, group -1 is any, `active` 1 leaves out those out of use.",
        ),
        Function::new(
            "lb_count_call",
            &[
                required("ip", Kind::Text),
                required("port", Kind::Int),
                GROUP,
                RESOURCES,
                optional("undo", Kind::Int),
            ],
            ROUTES,
            Effect::Edits,
            "Counts the call on the destination of an address; with `undo` no longer.",
        ),
    ],
    params: &[
        ModParam::text("db_url", "The database of the table."),
        ModParam::text("db_table", "The table; \"load_balancer\"."),
        ModParam::int("probing_interval", "Seconds between probes; 0: none. 30."),
        ModParam::int("probing_verbose", "1: changes of state are logged; 0."),
        ModParam::text("probing_method", "The method of probes; \"OPTIONS\"."),
        ModParam::text("probing_from", "From of probes; \"sip:prober@localhost\"."),
        ModParam::text(
            "probing_reply_codes",
            "Further codes that mean that a destination works, with commas.",
        ),
        ModParam::text(
            "lb_define_blacklist",
            "A blacklist of destinations by their groups: name = group, ….",
        )
        .repeated(),
    ],
    mi: &[
        MiCommand::new("load_balancer:reload", &[&[]], "Reads the table anew.").also(&["lb_reload"]),
        MiCommand::new(
            "load_balancer:resize",
            &[&["destination_id", "res_name", "new_capacity"]],
            "Changes the capacity of a destination, until the table is read anew.",
        )
        .also(&["lb_resize"]),
        MiCommand::new("load_balancer:list", &[&[]], "The destinations with their loads.").also(&["lb_list"]),
        MiCommand::new(
            "load_balancer:status",
            &[&["destination_id"], &["destination_id", "new_status"]],
            "Whether a destination is in use; with a status, takes it in or out of use.",
        )
        .also(&["lb_status"]),
    ],
    events: &["E_LOAD_BALANCER_STATUS"],
    ..Module::EMPTY
};

fn resources(text: &[u8]) -> Result<(), &'static str> {
    let mut names: Vec<&[u8]> = text.split(|c| *c == b';').map(<[u8]>::trim_ascii).collect();
    if names.len() > 1 {
        names.pop_if(|last| last.is_empty());
    }
    let good = names.iter().all(|name| !name.is_empty() && !name.contains(&b'='));
    if good { Ok(()) } else { Err("names of resources with `;` between them") }
}

fn flags(text: &[u8]) -> Result<(), &'static str> {
    if text.iter().all(|c| b"rns".contains(c)) { Ok(()) } else { Err("flags r, n and s") }
}
