//! The functions of the core. All may stand in every kind of route.

use super::literals;
use crate::{Effect, Function, Kind, Param, Routes, fixed, optional, required};

const fn function(
    name: &'static str,
    params: &'static [Param],
    effect: Effect,
    summary: &'static str,
) -> Function {
    Function { name, params, routes: Routes::ALL, effect, summary, returns: "" }
}

const fn edits(name: &'static str, params: &'static [Param], summary: &'static str) -> Function {
    function(name, params, Effect::Edits, summary)
}

const fn reads(name: &'static str, params: &'static [Param], summary: &'static str) -> Function {
    function(name, params, Effect::Reads, summary)
}

const fn suspends(name: &'static str, params: &'static [Param], summary: &'static str) -> Function {
    function(name, params, Effect::Suspends, summary)
}

/// Further return values, in words.
const fn returns(mut function: Function, words: &'static str) -> Function {
    function.returns = words;
    function
}

const RULE: &[Param] = &[
    required("list", Kind::Text),
    required("network", Kind::Text).checked(literals::network),
    optional("port", Kind::Int),
    optional("protocol", Kind::Text).checked(literals::protocol),
    optional("pattern", Kind::Text),
];
const ADDED_RULE: &[Param] = &[RULE[0], RULE[1], RULE[2], RULE[3], RULE[4], optional("expire", Kind::Int)];

fn avps(text: &[u8]) -> Result<(), &'static str> {
    match crate::avp_list(text).all(|name| name.is_some()) {
        true => Ok(()),
        false => Err("it must be AVPs joined by `;`, as in `$avp(a);$avp(b)`"),
    }
}

/// All of them, by what they are about.
pub(super) const FUNCTIONS: &[Function] = &[
    // Sending.
    returns(
        suspends(
            "forward",
            &[optional("destination", Kind::Text)],
            "Forwards the request without a transaction, to a destination or to where its URI points.",
        ),
        "a negative error code when nothing was sent",
    ),
    suspends(
        "send",
        &[required("destination", Kind::Text), optional("headers", Kind::Text)],
        "Sends the message as received to a destination, with further headers if given.",
    ),
    // Caches.
    suspends(
        "cache_store",
        &[
            required("cache", Kind::Text),
            required("key", Kind::Text),
            required("value", Kind::Text),
            optional("seconds", Kind::Int),
        ],
        "Stores a value in a cache, `name` or `name:group`, for some seconds or for good.",
    ),
    suspends(
        "cache_remove",
        &[required("cache", Kind::Text), required("key", Kind::Text)],
        "Removes a key from a cache; also succeeds when there is none.",
    ),
    returns(
        suspends(
            "cache_fetch",
            &[required("cache", Kind::Text), required("key", Kind::Text), required("value", Kind::Target)],
            "Reads a value from a cache.",
        ),
        "-2 when there is none",
    ),
    returns(
        suspends(
            "cache_counter_fetch",
            &[required("cache", Kind::Text), required("key", Kind::Text), required("value", Kind::Target)],
            "Reads a number from a cache.",
        ),
        "-2 when there is none; -3 when it is no number",
    ),
    suspends(
        "cache_add",
        &[
            required("cache", Kind::Text),
            required("key", Kind::Text),
            required("by", Kind::Int),
            required("seconds", Kind::Int),
            optional("result", Kind::Target),
        ],
        "Adds to a number in a cache; a new one begins with it and lives for some seconds, 0: for good.",
    ),
    suspends(
        "cache_sub",
        &[
            required("cache", Kind::Text),
            required("key", Kind::Text),
            required("by", Kind::Int),
            required("seconds", Kind::Int),
            optional("result", Kind::Target),
        ],
        "Subtracts from a number in a cache; as `cache_add`.",
    ),
    suspends(
        "cache_raw_query",
        &[
            required("cache", Kind::Text),
            required("query", Kind::Text),
            optional("avps", Kind::Text).verbatim().checked(avps),
        ],
        "Asks a cache in its own language; the columns of the answer go into AVPs, `$avp(a);$avp(b)`.",
    ),
    // Flags.
    edits("setflag", &[fixed("flag", Kind::MessageFlag)], "Sets a message flag."),
    edits("resetflag", &[fixed("flag", Kind::MessageFlag)], "Clears a message flag."),
    reads("isflagset", &[fixed("flag", Kind::MessageFlag)], "Whether a message flag is set."),
    edits(
        "setbflag",
        &[fixed("flag", Kind::BranchFlag), optional("branch", Kind::Int)],
        "Sets a flag of a branch; 0 is the request URI.",
    ),
    edits(
        "resetbflag",
        &[fixed("flag", Kind::BranchFlag), optional("branch", Kind::Int)],
        "Clears a flag of a branch; 0 is the request URI.",
    ),
    reads(
        "isbflagset",
        &[fixed("flag", Kind::BranchFlag), optional("branch", Kind::Int)],
        "Whether a flag of a branch is set; 0 is the request URI.",
    ),
    // The request URI.
    edits(
        "sethost",
        &[required("host", Kind::Text)],
        "Replaces the host of the request URI and drops its port.",
    ),
    edits("sethostport", &[required("hostport", Kind::Text)], "Replaces host and port of the request URI."),
    edits("setuser", &[required("user", Kind::Text)], "Replaces the user of the request URI."),
    edits(
        "setuserpass",
        &[required("userpass", Kind::Text)],
        "Replaces user and password of the request URI.",
    ),
    edits("setport", &[required("port", Kind::Text)], "Replaces the port of the request URI."),
    returns(
        edits("seturi", &[required("uri", Kind::Text)], "Replaces the request URI."),
        "-2 when it cannot",
    ),
    edits("prefix", &[required("prefix", Kind::Text)], "Puts a text before the user of the request URI."),
    edits(
        "strip",
        &[required("count", Kind::Int)],
        "Removes that many characters from the start of the user.",
    ),
    edits(
        "strip_tail",
        &[required("count", Kind::Int)],
        "Removes that many characters from the end of the user.",
    ),
    edits("revert_uri", &[], "Takes back all changes of the request URI."),
    edits("setdsturi", &[required("uri", Kind::Text)], "Sets the next hop, $du."),
    edits("resetdsturi", &[], "Clears the next hop, $du."),
    reads("isdsturiset", &[], "Whether a next hop, $du, is set."),
    // Branches.
    edits(
        "append_branch_old",
        &[optional("uri", Kind::Text), optional("q", Kind::Text)],
        "Adds a branch; without a URI the request URI becomes one and its attributes are reset.",
    ),
    edits(
        "append_msg_branch",
        &[required("uri", Kind::Text), optional("q", Kind::Text), optional("flags", Kind::Text)],
        "Adds a branch; the flag `inherite` copies the attributes of the request URI.",
    ),
    edits(
        "remove_msg_branch",
        &[required("index", Kind::Int)],
        "Removes an additional branch, counted from 0.",
    ),
    edits(
        "move_msg_branch",
        &[optional("from", Kind::Int), optional("to", Kind::Int), optional("keep", Kind::Text)],
        "Copies a branch over another, and removes the first unless `keep` is given; -1 is the request URI.",
    ),
    edits(
        "swap_msg_branches",
        &[optional("first", Kind::Int), optional("second", Kind::Int)],
        "Exchanges two branches; -1 is the request URI.",
    ),
    edits(
        "serialize_branches",
        &[required("clear", Kind::Int), optional("keep_order", Kind::Int)],
        "Queues all branches in the order of their q values, to be tried one group after the other.",
    ),
    returns(
        edits("next_branches", &[], "Takes the next group of queued branches."),
        "1: more groups remain; 2: this was the last",
    ),
    // Via, addresses and sockets.
    edits("force_rport", &[], "Notes the source port in the received Via, whether or not it asks for it."),
    edits("add_local_rport", &[], "Asks for rport in the Via added by this proxy."),
    edits(
        "force_tcp_alias",
        &[optional("port", Kind::Int)],
        "Sends later requests for the sender over the connection at hand.",
    ),
    edits(
        "set_via_handling",
        &[required("flags", Kind::Text)],
        "Sets how Via is handled: force-rport, add-local-rport, reply-to-via, force-tcp-alias.",
    ),
    edits(
        "set_advertised_address",
        &[required("address", Kind::Text)],
        "The address that this message's Via and Record-Route show.",
    ),
    edits(
        "set_advertised_port",
        &[required("port", Kind::Text)],
        "The port that this message's Via and Record-Route show.",
    ),
    edits("force_send_socket", &[required("socket", Kind::Text)], "Sends from this listening socket."),
    reads(
        "is_myself",
        &[required("host", Kind::Text), optional("port", Kind::Int)],
        "Whether host and port are those of this server.",
    ),
    // Values and logs.
    edits(
        "pv_printf",
        &[required("target", Kind::Target), required("format", Kind::Text)],
        "Assigns a text with variables in it.",
    ),
    edits(
        "construct_uri",
        &[
            required("protocol", Kind::Text),
            optional("user", Kind::Text),
            required("domain", Kind::Text),
            optional("port", Kind::Text),
            optional("params", Kind::Text),
            required("target", Kind::Target),
        ],
        "Puts a URI together from its parts.",
    ),
    edits(
        "get_timestamp",
        &[required("seconds", Kind::Target), required("microseconds", Kind::Target)],
        "Pushes the current Unix time as seconds and microseconds.",
    ),
    edits("avp_print", &[], "Logs all AVPs of the message."),
    // Events.
    edits(
        "raise_event",
        &[
            required("event", Kind::Text),
            optional("names", Kind::Variable),
            optional("values", Kind::Variable),
        ],
        "Raises an event; its parameters are the values of an AVP, newest first, named by those of another.",
    ),
    edits(
        "subscribe_event",
        &[required("event", Kind::Text), required("socket", Kind::Text), optional("expire", Kind::Int)],
        "Has an event route, written route:name, run for an event; that never expires.",
    ),
    // Blacklists.
    edits(
        "use_blacklist",
        &[required("list", Kind::Text)],
        "Uses a blacklist for this message; `all` stands for every list.",
    ),
    edits(
        "unuse_blacklist",
        &[required("list", Kind::Text)],
        "Uses a blacklist no longer for this message; `all` stands for every list.",
    ),
    reads(
        "check_blacklist_rule",
        &[
            required("list", Kind::Text),
            required("ip", Kind::Text).checked(literals::ip),
            optional("port", Kind::Int),
            optional("protocol", Kind::Text).checked(literals::protocol),
            optional("pattern", Kind::Text),
        ],
        "Whether a destination is on a blacklist; `all` stands for every list in use.",
    ),
    edits("add_blacklist_rule", ADDED_RULE, "Adds a rule to a blacklist, for some seconds or for good."),
    edits("del_blacklist_rule", RULE, "Removes a rule from a blacklist."),
    reads(
        "socket_belongs_to_bond",
        &[required("socket", Kind::Text), required("bond", Kind::Text)],
        "Whether a listening socket is a member of a bond.",
    ),
    returns(
        edits(
            "script_trace",
            &[
                optional("level", Kind::Int),
                optional("text", Kind::Text).verbatim(),
                fixed("info", Kind::Text).or_none(),
            ],
            "Prints each action with a text whose variables are read then; without arguments, no longer.",
        ),
        "-6 when level or text is missing",
    ),
    edits(
        "tcp_close_conn",
        &[required("connection", Kind::Text)],
        "Closes the TCP connection to an address, given as `[proto:]IP:port`.",
    ),
    returns(
        reads(
            "sr_check_status",
            &[required("group", Kind::Text), optional("identifier", Kind::Text)],
            "Whether a part of the server is ready; `all` sums up a group.",
        ),
        "the status: 1 ready, 2 reloading, -1 not ready, -2 without data, the least number for no such identifier",
    ),
];
