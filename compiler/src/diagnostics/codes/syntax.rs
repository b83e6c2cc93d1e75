//! E02xx: grammar.

super::codes! { SYNTAX:
UNEXPECTED = "E0201", "something else was expected",
"The text does not fit the grammar at this place. The message says what was found and what would fit. The rest of
the file is checked too, starting after the next `;`, `}` or top-level word.";

MISSING_SEMICOLON = "E0202", "a semicolon is missing",
"Calls, assignments and the words exit, drop, return and break end with a semicolon, also before `}`.

    if ($rm == \"ACK\") { exit }       # missing ;
    if ($rm == \"ACK\") { exit; }";

BARE_WORD = "E0203", "a word that is neither a statement nor a call",
"A function is called with parentheses, also without arguments. A misspelt statement word ends up here too.

    record_route;                   # no parentheses
    record_route();";

TOP_LEVEL = "E0204", "this cannot stand outside a route",
"Outside route blocks there are only assignments of globals (`name = value`, without a semicolon), loadmodule,
modparam and the route blocks themselves.

    udp_workers = 4;                # no semicolon here
    udp_workers = 4";

EMPTY_ROUTE = "E0205", "a route without statements",
"The grammar of OpenSIPS wants at least one statement in a route block; a route that consists of `;` only counts
as not defined. Use `return;` or `exit;` for a route that does nothing.";

BLANKS = "E0206", "a word that is taken for another one because of its blanks",
"A few words are special only between blanks: `as`, `use_workers`, `tos`, `on`, `cycles`, `scale up to`,
`use_auto_scaling_profile`. OpenSIPS takes ` on ` (also before the carriage return of a file with Windows line
ends) for the word of a scaling profile, and an indented `tos = 4` for the option of a socket.

    log_stdout = on            # with a blank or a CR after it: not accepted
    log_stdout = yes";

TOO_DEEP = "E0207", "nested too deep",
"Expressions may be nested 100 deep; OpenSIPS gives up at run time beyond that (each && and || counts as one
level). Blocks may be nested 200 deep here. Put the inner part into a route of its own.";

MISPLACED_BREAK = "E0208", "break outside a loop or switch",
"`break` may stand in the body of while, for or a case, and in an if that stands directly there. Use `return` to
leave a route.";

LONE_BLOCK = "E0209", "a block that belongs to nothing",
"Braces are only the body of a route, if, else, while, for or switch. Remove them.";

BAD_CONDITION = "E0210", "this is not a condition",
"A comparison has a variable on its left and a variable, string, number, NULL or network on its right.

    if (\"INVITE\" == $rm)            # literal on the left
    if (is_method(\"INVITE\") == 1)   # a call cannot be compared
    if ($var(a) + 1 == $var(b))     # arithmetic only inside [ ]
    if ($rm == \"INVITE\")

To compare the result of a call or of arithmetic, assign it to a $var first.";

BAD_ARGUMENT = "E0211", "this cannot be an argument",
"An argument is a string, a number, a variable, or nothing at all (`f(,\"x\")`). Expressions, calls, NULL and
adjacent strings are not possible; put the value into a $var or a format string first.

    seturi(\"sip:\" + $var(x));
    seturi(\"sip:$var(x)\");";

BAD_VALUE = "E0212", "this cannot be a value",
"The right side of an assignment is made of numbers, strings, variables, calls, comparisons with a variable on
the left, + - * / % & | ^ << >> ~ and parentheses. There is no minus sign before variables or parentheses, no ! and
no && or ||.";

BAD_VARIABLE = "E0213", "a variable that cannot be read",
"A variable is `$name`, `$name(inner)` or `$(name(inner)[index]{transformation})`. An index or a transformation
needs the outer parentheses.

    $avp(x)[1]          $hdr(Via){s.len}
    $(avp(x)[1])        $(hdr(Via){s.len})";

RESERVED_NAME = "E0214", "a keyword in the place of a name",
"Words of the language cannot be names as they are. Where a string is allowed, quote them.

    route[log] { ... }
    route[\"log\"] { ... }";

NOTHING = "E0215", "the script is empty",
"A script needs at least one route, global or loadmodule line.";

BAD_CASE = "E0216", "a switch that cannot be read",
"`switch ($variable) { case 1: ... case \"text\": ... default: ... }`: at least one case, labels are literals,
default comes last, and the subject is a variable.";

TOO_MANY_ERRORS = "E0217", "too many errors",
"More than 200 faults were found in the grammar; the rest is not shown.";

BAD_CONFIG = "E0218", "a clause of the configuration that cannot be read",
"See the message for what the clause must look like: socket, alias, auto_scaling_profile, dst_blacklist and mpath
have a grammar of their own.

    socket = udp:10.0.0.1:5060 as 192.0.2.1:5060 use_workers 4
    alias = udp:sip.example.org:5060
    mpath = \"/usr/lib/opensips/modules\" : \"/opt/modules\"";
}
