//! Findings about a whole program: OpenSIPS accepts it, and it works, but hardly as meant.

super::codes! { LINTS:
NO_ANSWER = "W0501", "a request may stay without an answer",
"There is a path through the main route on which the request is neither replied to, relayed, nor dropped on purpose.
OpenSIPS then does nothing: the sender repeats the request until it gives up. The shortest such path is shown;
conditions are taken as independent of each other. ACK and CANCEL need no answer, so a path on which
is_method(\"ACK\") holds does not count. Reply, relay, or write `drop;` instead of `exit;` where silence is meant.";

NEVER_SET = "W0502", "a variable that is never set",
"The variable is read, and nothing in the script gives it a value: no assignment, no loop, no function that it is
handed to, no module parameter that names it. It is always NULL. Often its name is misspelt in one place.";

KINDS_DIFFER = "W0503", "text compared with a number",
"Comparisons do not convert: a value that is text, such as `$rU`, has no number, so `$rU == 5` fails each time. Compare
with text, `$rU == \"5\"`, or convert it, `$(rU{s.int}) == 5`. A number never equals a text that is no number.";

TAINTED = "W0504", "text of strangers in a command, a query or a header",
"What comes with a message is chosen by its sender. In a shell command or an SQL query it can end the string it stands
in and begin another command; in a header, text that was decoded or taken from the body can hold a line end and
begin another header. Escape it with a transformation, or hand it over in another way.";

NEVER_MATCHES = "W0505", "a pattern that never matches",
"`^` matches only where the text begins and `$` only where it ends, so a pattern with something that must stand before
`^` or behind `$` matches nothing. Write `\\^` and `\\$` for the characters themselves.";

IDLE_PARAMETER = "W0506", "a module parameter that has no effect here",
"The parameter tunes a part of OpenSIPS that this program does not have, such as database columns of a table that is
kept in memory. It is accepted so that existing scripts work; the line can be removed.";

GOES_ON_AFTER_REPLY = "W0507", "the script goes on after a final reply",
"A function that sends a final reply does not end the script. A later reply to the same request, or a relay, then meets a
request that has its answer. Write `exit;` after the reply.";

ARMED_IN_VAIN = "W0508", "a route is armed, but nothing is relayed",
"t_on_failure, t_on_branch and t_on_reply take effect when the request is relayed. No path from the main route relays.";

BAD_ORDER = "W0509", "an order to the compiler that it does not know",
"Comments of the form `# sipc: allow W0501`, `# sipc: allow-all W0302` and `# sipc: deny W0502` silence warnings, for a
line or for the script, and make them errors. Anything else behind `sipc:` is ignored.";
}
