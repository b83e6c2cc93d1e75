//! `tm`: transactions: stateful forwarding, forking, retransmission, timers

use crate::{
    Effect, Function, Inner, Kind, MiCommand, ModParam, Module, ParamKind, RouteKind, Routes, ValueType,
    Variable, optional, required,
};

const ROUTES_1: Routes = Routes::of(&[RouteKind::Request]);
const ROUTES_2: Routes = Routes::of(&[RouteKind::Request, RouteKind::Failure]);
const ROUTES_3: Routes = Routes::of(&[
    RouteKind::Request,
    RouteKind::Failure,
    RouteKind::Reply,
    RouteKind::Branch,
    RouteKind::Local,
]);
const ROUTES_4: Routes =
    Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Reply, RouteKind::Branch]);
const ROUTES_5: Routes = Routes::of(&[RouteKind::Request, RouteKind::Branch]);
const ROUTES_6: Routes = Routes::of(&[RouteKind::Reply]);
const ROUTES_7: Routes = Routes::of(&[RouteKind::Request, RouteKind::Reply]);
const ROUTES_8: Routes = Routes::of(&[RouteKind::Failure, RouteKind::Reply, RouteKind::Branch]);
const ROUTES_9: Routes = Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch]);

fn source(text: &[u8]) -> Result<(), &'static str> {
    match text {
        b"msg" => Ok(()),
        b"event" => Err("only `msg` is built: `event` is for module event_routing, which is not"),
        _ => Err("it must be `msg`"),
    }
}

fn inject_flags(text: &[u8]) -> Result<(), &'static str> {
    let known = |w: &[u8]| matches!(w.trim_ascii(), b"" | b"cancel" | b"c" | b"last" | b"l");
    match text.split(|c| *c == b',').all(known) {
        true => Ok(()),
        false => Err("the flags are `cancel` and `last`"),
    }
}

/// One item of a `tw_append` list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// A title, and the variable whose value stands behind it.
    Variable(String, String),
    /// The body, at the end.
    Body,
}

/// Reads `name: title=$variable; …; $rb`.
///
/// # Errors
///
/// What is wrong with it.
pub fn appended(text: &str) -> Result<(String, Vec<Appended>), String> {
    let (name, mut rest) = text.split_once(':').ok_or("it must be `name: title=$variable; …`")?;
    let name = name.trim();
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err("the list needs a name of one word".to_owned());
    }
    let mut list = Vec::new();
    while !rest.trim().is_empty() || list.is_empty() {
        let (item, after) = one_appended(rest.trim_start())?;
        list.push(item);
        rest = match after.trim_start() {
            "" => "",
            after => after.strip_prefix(';').ok_or_else(|| format!("`;` is missing before `{after}`"))?,
        };
    }
    Ok((name.to_owned(), list))
}

fn one_appended(text: &str) -> Result<(Appended, &str), String> {
    let title = text.find(|c: char| c == '=' || c == ';' || c.is_whitespace()).unwrap_or(text.len());
    let (title, behind) = text.split_at(title);
    let Some(value) = behind.trim_start().strip_prefix('=').filter(|_| !title.is_empty()) else {
        let length = crate::variable::extent(text).ok_or_else(|| format!("`{text}` needs a title"))?;
        return match &text[..length] {
            "$rb" => Ok((Appended::Body, &text[length..])),
            other => Err(format!("only $rb may stand without a title, not {other}")),
        };
    };
    let value = value.trim_start();
    let length =
        crate::variable::extent(value).ok_or_else(|| format!("`{value}` is no variable of the core"))?;
    Ok((Appended::Variable(title.to_owned(), value[..length].to_owned()), &value[length..]))
}

fn check_param(name: &str, value: &str) -> Result<Option<String>, String> {
    match name {
        "tw_append" if !value.is_empty() => appended(value).map(|_| None),
        _ => Ok(None),
    }
}

/// The table of `tm`.
pub const MODULE: Module = Module {
    name: "tm",
    summary: "Transactions: stateful forwarding, forking, retransmission, timers",
    functions: &[
        Function {
            name: "t_newtran",
            params: &[],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Makes a transaction for the request, so that retransmissions are absorbed from here on.",
            returns: "1 made; 0 a retransmission, which ends the script; negative on error",
        },
        Function {
            name: "t_reply",
            params: &[required("code", Kind::Int), required("reason", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Replies through the transaction, making one if there is none.",
            returns: "",
        },
        Function {
            name: "t_relay",
            params: &[optional("flags", Kind::Text), optional("next_hop", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Suspends,
            summary: "Forwards statefully to $du or $ru and to all additional branches.",
            returns: "0 a retransmission, which ends the script; -2 bad message, -3 no destination, -4 unresolvable, -5 filtered, -6 cannot send",
        },
        Function {
            name: "t_on_failure",
            params: &[required("route", Kind::FailureRoute)],
            routes: ROUTES_3,
            effect: Effect::Edits,
            summary: "Arms a failure_route for when all branches fail.",
            returns: "",
        },
        Function {
            name: "t_on_reply",
            params: &[required("route", Kind::ReplyRoute)],
            routes: ROUTES_3,
            effect: Effect::Edits,
            summary: "Arms an onreply_route for replies of the transaction, or of one branch inside a branch_route.",
            returns: "",
        },
        Function {
            name: "t_on_branch",
            params: &[required("route", Kind::BranchRoute)],
            routes: ROUTES_4,
            effect: Effect::Edits,
            summary: "Arms a branch_route that runs on each branch before it is sent.",
            returns: "",
        },
        Function {
            name: "t_check_status",
            params: &[required("codes", Kind::Regex)],
            routes: ROUTES_4,
            effect: Effect::Reads,
            summary: "Whether the reply at hand, or the last one sent, has a code that matches.",
            returns: "",
        },
        Function {
            name: "t_flush_flags",
            params: &[],
            routes: ROUTES_5,
            effect: Effect::Edits,
            summary: "Copies the message flags into the transaction.",
            returns: "",
        },
        Function {
            name: "t_local_replied",
            params: &[required("which", Kind::Text)],
            routes: ROUTES_4,
            effect: Effect::Reads,
            summary: "Whether the reply was made here: all, branch or last.",
            returns: "",
        },
        Function {
            name: "t_check_trans",
            params: &[],
            routes: ROUTES_5,
            effect: Effect::Edits,
            summary: "Whether the request belongs to a transaction; absorbs retransmissions.",
            returns: "1 found; 0 a retransmission, which ends the script; -1 not found; -2 the ACK of a 2xx",
        },
        Function {
            name: "t_was_cancelled",
            params: &[],
            routes: ROUTES_4,
            effect: Effect::Reads,
            summary: "Whether the caller has cancelled the transaction.",
            returns: "",
        },
        Function {
            name: "t_cancel_branch",
            params: &[optional("which", Kind::Text)],
            routes: ROUTES_6,
            effect: Effect::Edits,
            summary: "Cancels the branch of the reply at hand; with `o` the others, with `a` all.",
            returns: "",
        },
        Function {
            name: "t_add_hdrs",
            params: &[required("headers", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Adds header lines to the ACKs and CANCELs that this transaction makes.",
            returns: "",
        },
        Function {
            name: "t_reply_with_body",
            params: &[
                required("code", Kind::Int),
                required("reason", Kind::Text),
                required("body", Kind::Text),
            ],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Replies through the transaction with a body.",
            returns: "",
        },
        Function {
            name: "t_new_request",
            params: &[
                required("method", Kind::Text),
                required("request_uri", Kind::Text),
                required("from", Kind::Text),
                required("to", Kind::Text),
                optional("body", Kind::Text),
                optional("context", Kind::Text),
            ],
            routes: Routes::ALL,
            effect: Effect::Suspends,
            summary: "Sends a request of its own through a new transaction.",
            returns: "",
        },
        Function {
            name: "t_add_cancel_reason",
            params: &[required("reason", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Sets the Reason header of CANCELs that this transaction sends.",
            returns: "",
        },
        Function::new(
            "t_write_req",
            &[required("info", Kind::Text).told(), required("path", Kind::Text)],
            ROUTES_9,
            Effect::Suspends,
            "Writes the request into a named pipe, for a program that replies to it: `action`, or `action/list` of tw_append.",
        ),
        Function::new(
            "t_write_unix",
            &[required("info", Kind::Text).told(), required("path", Kind::Text)],
            ROUTES_9,
            Effect::Suspends,
            "The same as a datagram to a Unix socket.",
        ),
        Function::new(
            "t_replicate",
            &[required("uri", Kind::Text), optional("flags", Kind::Text)],
            ROUTES_2,
            Effect::Suspends,
            "Sends a copy of the request to a URI and to the additional branches; replies to copies go nowhere.",
        ),
        Function::new(
            "t_inject_branches",
            &[required("source", Kind::Text).checked(source), optional("flags", Kind::Text).checked(inject_flags)],
            ROUTES_7,
            Effect::Suspends,
            "Adds the branches of the message to its transaction, which may be ringing elsewhere, and sends them.",
        )
        .returning("-2 after a final reply; -3 when nothing could be sent"),
        Function::new(
            "t_wait_for_new_branches",
            &[optional("branches", Kind::Int)],
            ROUTES_1,
            Effect::Edits,
            "Makes the INVITE's transaction wait for branches to be injected, until fr_inv_timeout.",
        ),
        Function::new(
            "t_wait_no_more_branches",
            &[],
            ROUTES_4,
            Effect::Edits,
            "Ends the waiting of t_wait_for_new_branches: the branches there are decide.",
        ),
        Function::new(
            "t_reply_by_callid",
            &[
                required("code", Kind::Int),
                required("reason", Kind::Text),
                optional("callid", Kind::Text),
                optional("cseq", Kind::Text),
            ],
            ROUTES_1,
            Effect::Edits,
            "Replies to the INVITE with this Call-ID and CSeq number, by default those of the message.",
        )
        .returning("-2 without Call-ID, -3 without CSeq, -4 when there is no such INVITE"),
        Function::new(
            "t_get_branch_idx_by_attr",
            &[
                required("attr", Kind::Text),
                optional("text", Kind::Text),
                optional("number", Kind::Int),
                optional("result", Kind::Target),
                optional("offset", Kind::Int),
            ],
            ROUTES_8,
            Effect::Edits,
            "Finds a branch that has an attribute, or has it with this value.",
        )
        .returning("-2 outside of a transaction"),
    ],
    check_param,
    params: &[
        ModParam::text("local_request_route", "A route that is shown each request made here, as it leaves; it changes nothing."),
        ModParam::text("local_reply_route", "A route that is shown each reply made here, as it leaves; it changes nothing."),
        ModParam::at_least(1, "unix_tx_timeout", "Seconds until a reader of t_write_req and t_write_unix is given up; 2."),
        ModParam::text("tw_append", "A list of what these write beside the request: name: title=$variable; …; $rb for the body.").repeated(),
        ModParam {
            name: "ruri_matching",
            kind: ParamKind::Int,
            repeats: false,
            summary: "Compare request URIs when matching requests without an RFC 3261 branch.",
        },
        ModParam {
            name: "via1_matching",
            kind: ParamKind::Int,
            repeats: false,
            summary: "Compare the top Via when matching requests without an RFC 3261 branch.",
        },
        ModParam {
            name: "fr_timeout",
            kind: ParamKind::Between(1, i32::MAX),
            repeats: false,
            summary: "Seconds until any reply to an INVITE, or the final one to others, must have come.",
        },
        ModParam {
            name: "fr_inv_timeout",
            kind: ParamKind::Between(1, i32::MAX),
            repeats: false,
            summary: "Seconds until the final reply to an INVITE that is ringing must have come.",
        },
        ModParam {
            name: "wt_timer",
            kind: ParamKind::Between(1, i32::MAX),
            repeats: false,
            summary: "Seconds a finished transaction absorbs retransmissions.",
        },
        ModParam {
            name: "delete_timer",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: a finished transaction is freed when its last user lets go.",
        },
        ModParam {
            name: "T1_timer",
            kind: ParamKind::Between(1, i32::MAX),
            repeats: false,
            summary: "Milliseconds until the first retransmission.",
        },
        ModParam {
            name: "T2_timer",
            kind: ParamKind::Between(1, i32::MAX),
            repeats: false,
            summary: "Milliseconds between retransmissions at the most.",
        },
        ModParam {
            name: "restart_fr_on_each_reply",
            kind: ParamKind::Int,
            repeats: false,
            summary: "Each provisional reply starts fr_inv_timeout anew.",
        },
        ModParam {
            name: "enable_stats",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: counting costs nothing here.",
        },
        ModParam {
            name: "pass_provisional_replies",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: provisional replies of local transactions are seen by their makers anyway.",
        },
        ModParam {
            name: "syn_branch",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: branches are random.",
        },
        ModParam {
            name: "onreply_avp_mode",
            kind: ParamKind::Int,
            repeats: false,
            summary: "1: reply routes see the AVPs of the transaction.",
        },
        ModParam {
            name: "disable_6xx_block",
            kind: ParamKind::Int,
            repeats: false,
            summary: "1: a 6xx does not end the other branches.",
        },
        ModParam {
            name: "minor_branch_flag",
            kind: ParamKind::Text,
            repeats: false,
            summary: "Branch flag of branches that nobody waits for once all others failed.",
        },
        ModParam {
            name: "timer_partitions",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: every worker has its own timers.",
        },
        ModParam {
            name: "auto_100trying",
            kind: ParamKind::Int,
            repeats: false,
            summary: "Answer 100 to each INVITE at once.",
        },
        ModParam::at_least(1, "max_transactions",
            "Transactions at a time (as many as half of the memory holds, at most 4000000); beyond that new work gets 503. Not in OpenSIPS.",
        ),
        ModParam::int(
            "overload_control",
            "Overload control between servers (RFC 7339) is understood and offered; 0. Not in OpenSIPS.",
        ),
    ],
    variables: &[
        Variable {
            name: "T_branch_idx",
            function: "t_branch_idx",
            inner: Inner::None,
            writable: false,
            indexed: false,
            value: ValueType::Int,
            summary: "Index of the branch that is being handled; NULL outside.",
        },
        Variable {
            name: "T_reply_code",
            function: "t_reply_code",
            inner: Inner::None,
            writable: false,
            indexed: false,
            value: ValueType::Int,
            summary: "Code of the reply that is being handled, or of the last one sent.",
        },
        Variable {
            name: "T_ruri",
            function: "t_ruri",
            inner: Inner::None,
            writable: false,
            indexed: false,
            value: ValueType::Text,
            summary: "Request URI of the branch that is being handled.",
        },
        Variable {
            name: "T_fr_timeout",
            function: "t_fr_timeout",
            inner: Inner::None,
            writable: true,
            indexed: false,
            value: ValueType::Int,
            summary: "fr_timeout of this transaction, seconds.",
        },
        Variable {
            name: "T_fr_inv_timeout",
            function: "t_fr_inv_timeout",
            inner: Inner::None,
            writable: true,
            indexed: false,
            value: ValueType::Int,
            summary: "fr_inv_timeout of this transaction, seconds.",
        },
        Variable {
            name: "T_id",
            function: "t_id",
            inner: Inner::None,
            writable: false,
            indexed: false,
            value: ValueType::Text,
            summary: "Identifier of the transaction.",
        },
        Variable {
            name: "T_branch_last_reply_code",
            function: "t_branch_last_reply_code",
            inner: Inner::None,
            writable: false,
            indexed: true,
            value: ValueType::Int,
            summary: "Last reply code of a branch.",
        },
        Variable::read_only(
            "tm.branch.uri",
            "tm_branch_uri",
            ValueType::Text,
            "Request URI of a branch that was sent; without index of the one at hand.",
        )
        .indexed(),
        Variable::read_only(
            "tm.branch.duri",
            "tm_branch_duri",
            ValueType::Text,
            "Next hop of a branch.",
        )
        .indexed(),
        Variable::read_only(
            "tm.branch.path",
            "tm_branch_path",
            ValueType::Text,
            "Path set of a branch.",
        )
        .indexed(),
        Variable::read_only(
            "tm.branch.q",
            "tm_branch_q",
            ValueType::Text,
            "q of a branch.",
        )
        .indexed(),
        Variable::read_only(
            "tm.branch.flags",
            "tm_branch_flags",
            ValueType::Text,
            "Names of the flags of a branch.",
        )
        .indexed(),
        Variable::read_only(
            "tm.branch.socket",
            "tm_branch_socket",
            ValueType::Text,
            "The socket that a branch was sent from.",
        )
        .indexed(),
        Variable::read_only(
            "tm.branch.last_received",
            "tm_branch_last_received",
            ValueType::Int,
            "The last reply code of a branch; NULL before any.",
        )
        .indexed(),
        Variable::read_only(
            "tm.branch.type",
            "tm_branch_type",
            ValueType::Text,
            "sip, or phony for a branch that waits for others.",
        )
        .indexed(),
        Variable::read_only(
            "tm.branch.flag",
            "tm_branch_flag",
            ValueType::Int,
            "A flag of a branch.",
        )
        .indexed()
        .with(Inner::BranchFlag)
        .writable(),
        Variable::read_only(
            "tm.branch.attr",
            "tm_branch_attr",
            ValueType::Any,
            "A value that the script attached to a branch.",
        )
        .indexed()
        .with(Inner::Avp)
        .writable(),
        Variable::read_only(
            "bavp",
            "bavp",
            ValueType::Any,
            "AVPs of the branch at hand; NULL outside of branch, reply and failure routes.",
        )
        .indexed()
        .with(Inner::Avp)
        .writable(),
    ],
    mi: &[
        MiCommand {
            name: "tm:uac_dlg",
            aliases: &["t_uac_dlg"],
            recipes: &[
                &["method", "ruri", "headers"],
                &["method", "ruri", "headers", "next_hop"],
                &["method", "ruri", "headers", "socket"],
                &["method", "ruri", "headers", "body"],
                &["method", "ruri", "headers", "next_hop", "socket"],
                &["method", "ruri", "headers", "next_hop", "body"],
                &["method", "ruri", "headers", "socket", "body"],
                &["method", "ruri", "headers", "next_hop", "socket", "body"],
            ],
            summary: "Sends a request and gives its final reply.",
        },
        MiCommand {
            name: "tm:hash",
            aliases: &["t_hash"],
            recipes: &[&[]],
            summary: "Transactions by table shard.",
        },
        MiCommand::new(
            "tm:reply",
            &[&["code", "reason", "trans_id", "to_tag"], &["code", "reason", "trans_id", "to_tag", "new_headers"], &["code", "reason", "trans_id", "to_tag", "body"], &["code", "reason", "trans_id", "to_tag", "new_headers", "body"]],
            "Replies to the transaction that $T_id names.",
        )
        .also(&["t_reply"]),
        MiCommand::new(
            "tm:uac_cancel",
            &[&["callid", "cseq"]],
            "Cancels an INVITE that this server made.",
        )
        .also(&["t_uac_cancel"]),
    ],
    statistics: &[
        "received_replies",
        "relayed_replies",
        "local_replies",
        "UAS_transactions",
        "UAC_transactions",
        "2xx_transactions",
        "3xx_transactions",
        "4xx_transactions",
        "5xx_transactions",
        "6xx_transactions",
        "inuse_transactions",
        "retransmission_req_T1_1",
        "retransmission_req_T1_2",
        "retransmission_req_T1_3",
        "retransmission_req_T2",
        "retransmission_rpl_T2",
        "timeout_finalresponse",
        "timeout_finalresponse_inv",
    ],
    ..Module::EMPTY
};
