//! The variables of the core.
//!
//! Getters are named after the variable; where only case tells two variables apart, after the long
//! name OpenSIPS has for one of them, or after what it is.

use crate::ValueType::{Any, Int, Text, TextInt};
use crate::{Inner, ValueType, Variable};

const BRANCH_FIELDS: Inner = Inner::OneOf(&["uri", "duri", "path", "q", "flags", "socket"]);
const CONTACT_FIELDS: Inner =
    Inner::OneOf(&["", "name", "uri", "q", "expires", "methods", "received", "params"]);
const SOCKET_FIELDS: &[&str] =
    &["ip", "port", "proto", "advertised_ip", "advertised_port", "tag", "anycast", "af"];
const SOCKET_OUT_FIELDS: &[&str] =
    &["ip", "port", "proto", "advertised_ip", "advertised_port", "tag", "anycast", "af", "forced"];
const PROXY_FIELDS: Inner = Inner::OneOf(&["src_ip", "src_port", "dst_ip", "dst_port", "af"]);

const fn read(
    name: &'static str,
    function: &'static str,
    value: ValueType,
    summary: &'static str,
) -> Variable {
    Variable::read_only(name, function, value, summary)
}

/// All of them; first what a script stores, then the message from its first line on.
pub(super) const VARIABLES: &[Variable] = &[
    read("var", "var", Any, "A variable of the worker; keeps its value between messages.")
        .with(Inner::ScriptVar)
        .writable(),
    read(
        "avp",
        "avp",
        Any,
        "A stack of values that goes with the message or its transaction; `=` pushes, `:=` replaces.",
    )
    .with(Inner::Avp)
    .writable()
    .indexed(),
    read("$", "dollar", TextInt, "The dollar sign."),
    read("param", "param", Any, "A parameter of the route or event, by number from 1 or by name.")
        .with(Inner::Position),
    read("return", "return_", Any, "An extra value of the route that returned last, from 0.")
        .with(Inner::Position),
    read("rc", "rc", Int, "The value of the last action."),
    read("retcode", "rc", Int, "The value of the last action."),
    read("route", "route", Text, "The route that is running, or one of its callers; -1 is the outermost.")
        .indexed(),
    read("route.name", "route_name", Text, "The name of a running route.").indexed(),
    read("route.type", "route_type", Text, "The kind of a running route.").indexed(),
    read("cfg_file", "cfg_file", Text, "The script's file."),
    read("cfg_line", "cfg_line", Int, "The line of the statement being run."),
    read("argv", "argv", Text, "The value of `-o name=value` on the command line.").with(Inner::Literal),
    read("log_level", "log_level", Int, "The log threshold; NULL restores the configured one.").writable(),
    read("xlog_level", "xlog_level", Int, "The threshold of xlog; NULL restores the configured one.")
        .writable(),
    read("err.class", "err_class", Int, "The class of the last error; 0 when there was none."),
    read("err.level", "err_level", Int, "The severity of the last error."),
    read("err.info", "err_info", Text, "What went wrong; empty when nothing did."),
    read("err.rcode", "err_rcode", Int, "The reply code suggested for the last error."),
    read(
        "err.rreason",
        "err_rreason",
        Text,
        "The reply reason suggested for the last error; empty when there was none.",
    ),
    read("pp", "pp", Int, "The process id."),
    read("C", "colour", Text, "A colour change for terminals: foreground and background letters.")
        .with(Inner::Literal),
    read("time", "time", Text, "The local time in a strftime layout.").with(Inner::Literal),
    read("Tf", "time_text", TextInt, "The current time as text."),
    read("Ts", "time_seconds", Int, "The current Unix time in seconds."),
    read("Tsm", "time_microseconds", Int, "The microseconds within the current second."),
    read("TS", "start_seconds", Int, "The Unix time of the start in seconds."),
    read("mi", "mi", Int, "The number of the message on this worker."),
    read("mb", "mb", Text, "The whole message as received."),
    read("ml", "ml", Int, "The length of the message as received."),
    read("mf", "mf", Text, "The names of the message flags that are set."),
    read("bf", "bf", Text, "The names of the branch flags that are set for the R-URI."),
    read(
        "msg.flag",
        "msg_flag",
        Int,
        "A message flag, as true or false; assigning a number sets or clears it.",
    )
    .with(Inner::MessageFlag)
    .writable(),
    read("msg.is_request", "msg_is_request", Int, "true for a request, false for a reply."),
    read("msg.type", "msg_type", Text, "request or reply."),
    read("rm", "rm", TextInt, "The method; in a reply that of the CSeq."),
    read("rs", "rs", Int, "The status code of a reply; NULL in requests."),
    read("rr", "rr", Text, "The reason phrase of a reply; NULL in requests."),
    read("ru", "ru", Text, "The request URI as it stands now; NULL in replies.").writable(),
    read("ruri", "ru", Text, "The request URI as it stands now; NULL in replies.").writable(),
    read("rU", "ruri_user", Text, "The user of the request URI; assigning NULL removes it.").writable(),
    read("ruri.user", "ruri_user", Text, "The user of the request URI; assigning NULL removes it.")
        .writable(),
    read("rd", "rd", Text, "The domain of the request URI.").writable(),
    read("ruri.domain", "rd", Text, "The domain of the request URI.").writable(),
    read(
        "rp",
        "rp",
        TextInt,
        "The port of the request URI, or that of its scheme; assigning NULL removes it.",
    )
    .writable(),
    read("rP", "ruri_protocol", TextInt, "The transport of the request URI."),
    read("ru_q", "ru_q", Int, "The q value of the request URI in thousandths.").writable(),
    read("ou", "ou", Text, "The request URI as received."),
    read("ouri", "ou", Text, "The request URI as received."),
    read("oU", "ouri_user", Text, "The user of the request URI as received."),
    read("od", "od", Text, "The domain of the request URI as received."),
    read("op", "op", TextInt, "The port of the request URI as received."),
    read("oP", "ouri_protocol", TextInt, "The transport of the request URI as received."),
    read("du", "du", Text, "The next hop if it is not the request URI; assigning NULL clears it.").writable(),
    read("duri", "du", Text, "The next hop if it is not the request URI; assigning NULL clears it.")
        .writable(),
    read("dd", "dd", Text, "The domain of the next hop.").writable(),
    read("dp", "dp", TextInt, "The port of the next hop; assigning NULL removes it.").writable(),
    read("dP", "duri_protocol", TextInt, "The transport of the next hop."),
    read("ds", "ds", Text, "All destinations as the text of a Contact header."),
    read("path", "path", Text, "The Path set that becomes the Route set."),
    read("branch", "branch", Text, "The first additional branch; assigning appends one.").writable(),
    read("branch", "branch_field", Any, "A member of an additional branch, counted from 0.")
        .with(BRANCH_FIELDS)
        .writable()
        .indexed(),
    read("branch.flag", "branch_flag", Int, "A flag of a branch, as true or false.")
        .with(Inner::BranchFlag)
        .writable()
        .indexed(),
    read("msg.branch", "branch", Text, "The first additional branch; assigning appends one.").writable(),
    read(
        "msg.branch.uri",
        "msg_branch_uri",
        Text,
        "The URI of a branch; 0 is the request URI, no index the last.",
    )
    .writable()
    .indexed(),
    read("msg.branch.duri", "msg_branch_duri", Text, "The next hop of a branch.").writable().indexed(),
    read("msg.branch.path", "msg_branch_path", Text, "The Path set of a branch.").writable().indexed(),
    read(
        "msg.branch.q",
        "msg_branch_q",
        Text,
        "The q value of a branch, such as 0.5; assigned in thousandths.",
    )
    .writable()
    .indexed(),
    read("msg.branch.flags", "msg_branch_flags", Text, "The names of the flags of a branch.")
        .writable()
        .indexed(),
    read("msg.branch.socket", "msg_branch_socket", Text, "The socket that a branch is sent from.")
        .writable()
        .indexed(),
    read("msg.branch.flag", "branch_flag", Int, "A flag of a branch, as true or false.")
        .with(Inner::BranchFlag)
        .writable()
        .indexed(),
    read("msg.branch.attr", "msg_branch_attr", Any, "A value that the script attached to a branch.")
        .with(Inner::Avp)
        .writable()
        .indexed(),
    read(
        "msg.branch.last_idx",
        "msg_branch_last_idx",
        Int,
        "The index of the last branch; 0 when there is only the request URI.",
    ),
    read("si", "si", Text, "The address the message came from."),
    read("src_ip", "si", Text, "The address the message came from."),
    read("sp", "sp", Int, "The port the message came from."),
    read("socket_in", "socket_in", Text, "The socket that received the message."),
    read("socket_in", "socket_in_field", Any, "A member of the receiving socket.")
        .with(Inner::OneOf(SOCKET_FIELDS)),
    read("socket_out", "socket_out", Text, "The socket that will send; assigning forces one, NULL none.")
        .writable(),
    read("socket_out", "socket_out_field", Any, "A member of the sending socket.")
        .with(Inner::OneOf(SOCKET_OUT_FIELDS)),
    read("proxy_protocol", "proxy_protocol", Any, "A member of the PROXY protocol header; NULL without one.")
        .with(PROXY_FIELDS),
    read("fu", "fu", Text, "The URI of From."),
    read("from", "fu", Text, "The URI of From."),
    read("fU", "from_user", Text, "The user of From."),
    read("from.user", "from_user", Text, "The user of From."),
    read("fd", "fd", Text, "The domain of From."),
    read("from.domain", "fd", Text, "The domain of From."),
    read("fn", "fn_", Text, "The display name of From, with its quotes; NULL when empty."),
    read("ft", "ft", Text, "The tag of From."),
    read("tu", "tu", Text, "The URI of To."),
    read("to", "tu", Text, "The URI of To."),
    read("tU", "to_user", Text, "The user of To."),
    read("to.user", "to_user", Text, "The user of To."),
    read("td", "td", Text, "The domain of To."),
    read("to.domain", "td", Text, "The domain of To."),
    read("tn", "tn", Text, "The display name of To, with its quotes; NULL when empty."),
    read("tt", "tt", Text, "The tag of To."),
    read("ci", "ci", Text, "The Call-ID."),
    read("cs", "cs", Text, "The number in CSeq."),
    read("cl", "cl", Int, "The value of Content-Length."),
    read("ct", "ct", Text, "A Contact entry; the first without index.").indexed(),
    read("ct.fields", "ct_fields", Text, "A member of a Contact entry.").with(CONTACT_FIELDS).indexed(),
    read("cT", "content_type", Text, "The Content-Type, or that of a body part.").indexed(),
    read("hdr", "hdr", Text, "The body of a header; the first of that name without index.")
        .with(Inner::Name)
        .indexed(),
    read("hdrcnt", "hdrcnt", Int, "How many headers of that name there are.").with(Inner::Name),
    read("hdr_name", "hdr_name", Text, "The name of the n-th header.").indexed(),
    read("ua", "ua", Text, "The User-Agent."),
    read("rt", "rt", Text, "The URI of Refer-To."),
    read("re", "re", Text, "The URI of Remote-Party-ID."),
    read("ai", "ai", Text, "The URI of P-Asserted-Identity."),
    read("pu", "pu", Text, "The URI of P-Preferred-Identity."),
    read("pU", "preferred_user", Text, "The user of P-Preferred-Identity."),
    read("pd", "pd", Text, "The domain of P-Preferred-Identity."),
    read("pn", "pn", Text, "The display name of P-Preferred-Identity."),
    read("di", "di", Text, "The URI of Diversion."),
    read("dir", "dir", Text, "The reason of Diversion."),
    read("dip", "dip", Text, "The privacy of Diversion."),
    read("rb", "rb", Text, "The body, or the n-th part of it.").indexed(),
    read("rb", "rb_part", Text, "The n-th body part of a MIME type.").with(Inner::Literal).indexed(),
    read("au", "au", Text, "The user of the credentials, without the domain."),
    read("aU", "auth_user", Text, "The user of the credentials as sent."),
    read("ad", "ad", Text, "The domain within the user of the credentials."),
    read("adu", "adu", Text, "The URI of the credentials."),
    read("ar", "ar", Text, "The realm of the credentials."),
    read("an", "an", Text, "The nonce of the credentials."),
    read("auth.nonce", "an", Text, "The nonce of the credentials."),
    read("auth.resp", "auth_resp", Text, "The response of the credentials."),
    read("auth.cnonce", "auth_cnonce", Text, "The cnonce of the credentials."),
    read("auth.opaque", "auth_opaque", Text, "The opaque value of the credentials."),
    read("auth.alg", "auth_alg", Text, "The algorithm of the credentials."),
    read("auth.qop", "auth_qop", Text, "The quality of protection of the credentials."),
    read("auth.nc", "auth_nc", Text, "The nonce count of the credentials."),
    read("Au", "accounting_user", Text, "The user for accounting: that of the credentials, else of From."),
    read(
        "challenge.algorithm",
        "challenge_algorithm",
        Text,
        "The algorithm of the challenge in a 401 or 407.",
    ),
    read("challenge.realm", "challenge_realm", Text, "The realm of the challenge in a 401 or 407."),
    read("challenge.nonce", "challenge_nonce", Text, "The nonce of the challenge in a 401 or 407."),
    read("challenge.opaque", "challenge_opaque", Text, "The opaque value of the challenge in a 401 or 407."),
    read(
        "challenge.qop",
        "challenge_qop",
        Text,
        "The quality of protection of the challenge in a 401 or 407.",
    ),
    read("challenge.ik", "challenge_ik", Text, "The integrity key of the challenge in a 401 or 407."),
    read("challenge.ck", "challenge_ck", Text, "The cipher key of the challenge in a 401 or 407."),
    read("sdp", "sdp", Text, "The session description; assigning replaces it, NULL drops it.").writable(),
    read("sdp", "sdp", Text, "The session description; the name is ignored.").with(Inner::Literal).writable(),
    read(
        "sdp.line",
        "sdp_line",
        Text,
        "A line of the session description by its beginning, or a token of it.",
    )
    .with(Inner::Literal)
    .writable()
    .indexed(),
    read("sdp.stream", "sdp_stream", Text, "A media section, a line of it, or a token of that.")
        .with(Inner::Literal)
        .writable()
        .indexed(),
    read("sdp.stream.idx", "sdp_stream_idx", Int, "The index of a media section.").with(Inner::Literal),
    read("sdp.session", "sdp_session", Text, "The session section, a line of it, or a token of that.")
        .with(Inner::Literal)
        .writable()
        .indexed(),
];
