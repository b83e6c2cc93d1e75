//! `dialog`: calls as a whole

use crate::{
    Effect, Function, Inner, Kind, MiCommand, ModParam, Module, RouteKind, Routes, ValueType, Variable,
    fixed, optional, required,
};

const REQUEST: Routes = Routes::of(&[RouteKind::Request]);
const MESSAGE: Routes =
    Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Reply, RouteKind::Branch]);
const MESSAGE_OR_LOCAL: Routes = Routes::of(&[
    RouteKind::Request,
    RouteKind::Failure,
    RouteKind::Reply,
    RouteKind::Branch,
    RouteKind::Local,
]);

const NO_EFFECT: &str = "No effect: the table needs no size.";

/// The table of `dialog`.
pub const MODULE: Module = Module {
    name: "dialog",
    summary: "Calls as a whole: their state, timeouts, values kept with them, how many there are of a sort",
    depends: &["tm"],
    functions: FUNCTIONS,
    params: PARAMS,
    variables: VARIABLES,
    mi: COMMANDS,
    statistics: &[
        "active_dialogs",
        "early_dialogs",
        "processed_dialogs",
        "expired_dialogs",
        "failed_dialogs",
        "refused_dialogs",
    ],
    events: &["E_DLG_STATE_CHANGED"],
    ..Module::EMPTY
};

const FUNCTIONS: &[Function] = &[
    Function::new(
        "create_dialog",
        &[optional("flags", Kind::Text).checked(flags)],
        REQUEST,
        Effect::Edits,
        "Makes a call of the INVITE; flags: bye-on-timeout, options-ping-caller, options-ping-callee, \
         reinvite-ping-caller, reinvite-ping-callee, end-on-race-condition.",
    )
    .returning("0, which ends the script: there are too many, 503 was replied"),
    Function::new(
        "match_dialog",
        &[optional("mode", Kind::Text).checked(mode)],
        REQUEST,
        Effect::Edits,
        "Finds the call of a request, also by a name in the request URI.",
    ),
    Function::new(
        "validate_dialog",
        &[],
        REQUEST,
        Effect::Reads,
        "Compares a request inside a call with what is known of the call.",
    )
    .returning("-1: CSeq, -2: remote target, -3: Route set, -4: error"),
    Function::new(
        "fix_route_dialog",
        &[],
        REQUEST,
        Effect::Edits,
        "Sets request URI, Route and destination to what is known of the call.",
    ),
    Function::new(
        "set_dlg_profile",
        &[required("profile", Kind::Text), optional("value", Kind::Text), optional("clear", Kind::Int)],
        MESSAGE,
        Effect::Edits,
        "Counts the call in a profile; `clear` not 0: only with this value.",
    ),
    Function::new(
        "unset_dlg_profile",
        &[required("profile", Kind::Text), optional("value", Kind::Text)],
        MESSAGE,
        Effect::Edits,
        "Counts the call in a profile no longer.",
    ),
    Function::new(
        "is_in_profile",
        &[required("profile", Kind::Text), optional("value", Kind::Text)],
        MESSAGE,
        Effect::Reads,
        "Whether the call is counted in a profile.",
    ),
    Function::new(
        "get_profile_size",
        &[required("profile", Kind::Text), optional("value", Kind::Text), required("size", Kind::Target)],
        Routes::ALL,
        Effect::Edits,
        "How many calls a profile counts.",
    ),
    Function::new(
        "set_dlg_flag",
        &[fixed("flag", Kind::DialogFlag)],
        MESSAGE_OR_LOCAL,
        Effect::Edits,
        "Sets a flag of the call.",
    ),
    Function::new(
        "reset_dlg_flag",
        &[fixed("flag", Kind::DialogFlag)],
        MESSAGE_OR_LOCAL,
        Effect::Edits,
        "Takes a flag of the call away.",
    ),
    Function::new(
        "is_dlg_flag_set",
        &[fixed("flag", Kind::DialogFlag)],
        MESSAGE_OR_LOCAL,
        Effect::Reads,
        "Whether a flag of the call is set.",
    ),
    Function::new(
        "test_and_set_dlg_flag",
        &[fixed("flag", Kind::DialogFlag), required("value", Kind::Int)],
        MESSAGE_OR_LOCAL,
        Effect::Edits,
        "Turns a flag of the call around if it is what `value` says, 1 or 0.",
    )
    .returning("-2: no call"),
    Function::new(
        "store_dlg_value",
        &[required("name", Kind::Text), required("value", Kind::Variable)],
        MESSAGE_OR_LOCAL,
        Effect::Edits,
        "Keeps the value of a variable with the call.",
    ),
    Function::new(
        "fetch_dlg_value",
        &[required("name", Kind::Text), required("value", Kind::Target)],
        MESSAGE_OR_LOCAL,
        Effect::Edits,
        "Reads a value that is kept with the call.",
    ),
    Function::new(
        "get_dialog_info",
        &[
            required("wanted", Kind::Text),
            required("values", Kind::Target).checked(avp),
            required("name", Kind::Text),
            required("value", Kind::Variable),
            required("number", Kind::Target),
        ],
        Routes::ALL,
        Effect::Edits,
        "Reads a value of all calls that keep another value.",
    )
    .returning("the number of calls"),
    Function::new(
        "get_dialog_vals",
        &[
            required("names", Kind::Target).checked(avp),
            required("values", Kind::Target).checked(avp),
            required("callid", Kind::Text),
        ],
        Routes::ALL,
        Effect::Edits,
        "Reads all that is kept with the call of a Call-ID.",
    ),
    Function::new(
        "get_dialogs_by_val",
        &[
            required("name", Kind::Text),
            required("value", Kind::Variable),
            required("calls", Kind::Target).checked(avp),
            required("number", Kind::Target),
        ],
        Routes::ALL,
        Effect::Edits,
        "Gives all calls that keep a value, as JSON.",
    )
    .returning("the number of calls"),
    Function::new(
        "get_dialogs_by_profile",
        &[
            required("profile", Kind::Text),
            optional("value", Kind::Text),
            required("calls", Kind::Target).checked(avp),
            required("number", Kind::Target),
        ],
        Routes::ALL,
        Effect::Edits,
        "Gives all calls that a profile counts, as JSON.",
    )
    .returning("the number of calls"),
    Function::new(
        "load_dialog_ctx",
        &[
            required("id", Kind::Text),
            optional("by", Kind::Text).checked(identifier),
            optional("active", Kind::Int),
        ],
        Routes::ALL,
        Effect::Edits,
        "Makes another call the one that the script works on, found by callid or did.",
    ),
    Function::new(
        "unload_dialog_ctx",
        &[],
        Routes::ALL,
        Effect::Edits,
        "Goes back to the call of the message.",
    ),
    Function::new(
        "dlg_on_timeout",
        &[optional("route", Kind::Route)],
        MESSAGE,
        Effect::Edits,
        "The route that runs when the time of the call is over; it may give it more with $DLG_timeout.",
    ),
    Function::new(
        "dlg_on_answer",
        &[optional("route", Kind::Route)],
        MESSAGE,
        Effect::Edits,
        "The route that runs when the call is answered.",
    ),
    Function::new(
        "dlg_on_hangup",
        &[optional("route", Kind::Route)],
        MESSAGE,
        Effect::Edits,
        "The route that runs when the call is ended by a BYE.",
    ),
    Function::new(
        "dlg_send_sequential",
        &[
            required("method", Kind::Text),
            required("party", Kind::Text).checked(party),
            optional("body", Kind::Text),
            optional("content_type", Kind::Text),
            optional("headers", Kind::Text),
        ],
        Routes::ALL,
        Effect::Edits,
        "Sends a request within the call to the caller or the callee.",
    ),
    Function::new(
        "dlg_inc_cseq",
        &[optional("tag", Kind::Text), optional("count", Kind::Int)],
        MESSAGE_OR_LOCAL,
        Effect::Edits,
        "Requests to the party with a tag get higher CSeq numbers from now on.",
    )
    .returning("-2: no call"),
];

const PARAMS: &[ModParam] = &[
    ModParam::int("enable_stats", "0: no statistics."),
    ModParam::int("hash_size", NO_EFFECT),
    ModParam::int("log_profile_hash_size", NO_EFFECT),
    ModParam::int("timer_bulk_del_no", "No effect: calls are kept in memory."),
    ModParam::text("rr_param", "The Route parameter that names calls: did."),
    ModParam::at_least(1, "default_timeout", "Seconds that a call may last: 43200."),
    ModParam::at_least(1, "options_ping_interval", "Seconds between OPTIONS to a party: 30."),
    ModParam::at_least(1, "reinvite_ping_interval", "Seconds between INVITEs to a party: 300."),
    ModParam::at_least(0, "delete_delay", "Seconds for which a call is kept when it has ended: 0."),
    ModParam::text("dlg_extra_hdrs", "Header lines of BYEs that are made here."),
    ModParam::within(
        0,
        2,
        "dlg_match_mode",
        "How requests find their call: 0 by the Route parameter, 1 by that or else by tags, 2 by tags.",
    ),
    ModParam::int("db_mode", "Must be 0: calls are kept in memory."),
    ModParam::text("profiles_with_value", "Profiles that count calls by value, separated by `;`."),
    ModParam::text("profiles_no_value", "Profiles that count calls, separated by `;`."),
    ModParam::at_least(
        0,
        "race_condition_timeout",
        "Seconds until a call ends whose answer crossed a CANCEL or a BYE: 5.",
    ),
    ModParam::int("max_dialogs", "Most calls at a time; beyond it create_dialog replies 503: 1000000."),
];

const VARIABLES: &[Variable] = &[
    Variable::read_only("DLG_count", "dlg_count", ValueType::Int, "How many calls are answered."),
    Variable::read_only(
        "DLG_ctx_json",
        "dlg_ctx_json",
        ValueType::Text,
        "The call as JSON, with what is kept with it; NULL without a call.",
    ),
    Variable::read_only(
        "DLG_del_delay",
        "dlg_del_delay",
        ValueType::Int,
        "Seconds for which the call is kept when it has ended; NULL without a call.",
    )
    .writable(),
    Variable::read_only("DLG_did", "dlg_did", ValueType::Text, "The name of the call; NULL without one."),
    Variable::read_only(
        "DLG_dir",
        "dlg_dir",
        ValueType::Text,
        "downstream: to the callee, upstream: to the caller; NULL when that is not known.",
    ),
    Variable::read_only(
        "DLG_end_reason",
        "dlg_end_reason",
        ValueType::Text,
        "Why the call ended; NULL while it has not.",
    ),
    Variable::read_only(
        "DLG_flags",
        "dlg_flags",
        ValueType::Text,
        "The names of the flags of the call that are set; NULL without a call.",
    )
    .writable(),
    Variable::read_only("DLG_json", "dlg_json", ValueType::Text, "The call as JSON; NULL without a call."),
    Variable::read_only(
        "DLG_lifetime",
        "dlg_lifetime",
        ValueType::Int,
        "Seconds since the answer; NULL without a call.",
    ),
    Variable::read_only(
        "DLG_status",
        "dlg_status",
        ValueType::Int,
        "1 new, 2 ringing, 3 answered, 4 acknowledged, 5 ended; NULL without a call.",
    ),
    Variable::read_only(
        "DLG_timeout",
        "dlg_timeout",
        ValueType::Int,
        "Seconds until the call ends. Assigned before there is a call, it is kept for the call to come.",
    )
    .writable(),
    Variable::read_only(
        "dlg_val",
        "dlg_val",
        ValueType::Any,
        "A value that is kept with the call; NULL forgets it.",
    )
    .with(Inner::Name)
    .writable(),
];

const LISTS: &[&[&str]] = &[&[], &["callid"], &["callid", "from_tag"], &["index", "counter"]];
const PROFILE: &[&[&str]] = &[&["profile"], &["profile", "value"]];

const COMMANDS: &[MiCommand] = &[
    MiCommand::new("dialog:list", LISTS, "Lists calls.").also(&["dlg_list"]),
    MiCommand::new("dialog:list_ctx", LISTS, "Lists calls with what is kept with them.")
        .also(&["dlg_list_ctx"]),
    MiCommand::new("dialog:end_dlg", &[&["dialog_id"], &["dialog_id", "extra_hdrs"]], "Ends a call.")
        .also(&["dlg_end_dlg"]),
    MiCommand::new("dialog:profile_get_size", PROFILE, "How many calls a profile counts."),
    MiCommand::new("dialog:profile_list_dlgs", PROFILE, "Lists the calls that a profile counts."),
    MiCommand::new(
        "dialog:profile_get_values",
        &[&["profile"]],
        "The values of a profile with their counts.",
    ),
    MiCommand::new("dialog:list_all_profiles", &[&[]], "Lists the profiles."),
    MiCommand::new("dialog:profile_end_dlgs", PROFILE, "Ends the calls that a profile counts."),
    MiCommand::new(
        "dialog:push_var",
        &[&["dlg_val_name", "dlg_val_value", "DID"]],
        "Keeps a value with calls.",
    )
    .also(&["dlg_push_var"]),
    MiCommand::new(
        "dialog:send_sequential",
        &[
            &["callid"],
            &["callid", "mode"],
            &["callid", "method"],
            &["callid", "body"],
            &["callid", "mode", "method"],
            &["callid", "mode", "body"],
            &["callid", "method", "body"],
            &["callid", "method", "body", "mode"],
            &["callid", "method", "body", "mode", "headers"],
        ],
        "Sends a request within a call, to the caller unless `mode` is callee.",
    )
    .also(&["dlg_send_sequential"]),
    MiCommand::new(
        "dialog:set_profile",
        &[
            &["dlg_id", "profile"],
            &["dlg_id", "profile", "value"],
            &["dlg_id", "profile", "value", "clear_values"],
        ],
        "Counts a call in a profile.",
    )
    .also(&["dlg_set_profile"]),
    MiCommand::new(
        "dialog:unset_profile",
        &[&["dlg_id", "profile"], &["dlg_id", "profile", "value"]],
        "Counts a call in a profile no longer.",
    )
    .also(&["dlg_unset_profile"]),
];

const FLAGS: &[&str] = &[
    "bye-on-timeout",
    "options-ping-caller",
    "options-ping-callee",
    "reinvite-ping-caller",
    "reinvite-ping-callee",
    "end-on-race-condition",
];

fn is_one(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|w| word.eq_ignore_ascii_case(w.as_bytes()))
}

fn flags(text: &[u8]) -> Result<(), &'static str> {
    let words = || text.split(|c| *c == b',').map(<[u8]>::trim_ascii);
    if words().any(|w| w.eq_ignore_ascii_case(b"auto-prack")) {
        return Err("auto-prack is not built yet");
    }
    if words().all(|w| is_one(w, FLAGS)) { Ok(()) } else { Err("no flag of create_dialog") }
}

fn mode(text: &[u8]) -> Result<(), &'static str> {
    if is_one(text, &["did_only", "did_fallback", "did_none"]) {
        return Ok(());
    }
    Err("did_only, did_fallback or did_none")
}

fn identifier(text: &[u8]) -> Result<(), &'static str> {
    if is_one(text, &["callid", "did"]) { Ok(()) } else { Err("callid or did") }
}

fn party(text: &[u8]) -> Result<(), &'static str> {
    if is_one(text, &["caller", "callee"]) { Ok(()) } else { Err("caller or callee") }
}

fn avp(name: &[u8]) -> Result<(), &'static str> {
    if name == b"avp" { Ok(()) } else { Err("an AVP is needed") }
}
