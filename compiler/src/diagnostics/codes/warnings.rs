//! Warnings: OpenSIPS accepts the script, but hardly as meant.

super::codes! { WARNINGS:
STRAY_CHARACTER = "W0101", "a character that starts nothing",
"OpenSIPS copies a character that begins no token to its output and goes on as if it were not there. It is ignored
here too. Remove it.";

SWALLOWED = "W0102", "part of a variable is ignored",
"Without outer parentheses an index or transformation has no effect: OpenSIPS reads `$ru{uri.host}` as `$ru`. Write
`$(ru{uri.host})`.";

NUMBER_WRAPS = "W0103", "a number that does not fit",
"Numbers have 32 bits. This one is cut down to fit, as in OpenSIPS.";

WRONG_CONTEXT = "W0301", "a function is reached from a route where it does not work",
"The block allows the function, but the block is also called from a route of another kind, where the function fails
or does nothing. OpenSIPS reports this with -C only.";

UNREACHABLE_ROUTE = "W0302", "a route that nothing calls",
"No route() call, no t_on_...(), no async() and no module parameter seen here leads to this block.";

IDLE_MODULE = "W0303", "a module that is not needed",
"The line is accepted so that existing scripts work, and has no effect. It can be removed.";

IDLE_GLOBAL = "W0304", "a global that has no effect here",
"The parameter tunes a part of OpenSIPS that this program does not have, such as its memory allocators. It is
accepted so that existing scripts work.";

PARAMETER_IN_PART = "W0307", "a module parameter that works in part",
"Of the value, what the message names has no effect in this version of sipc. The rest is used.";

NO_MAIN_ROUTE = "W0305", "no main route",
"Without `route { ... }` every request is silently dropped. A route that consists of `;` only does not count.";

EVENT_NOT_RAISED = "W0306", "an event route for an event that nothing raises",
"No raise_event() of this script names the event, and no loaded module of this build raises it, perhaps because OpenSIPS
does and this version of sipc does not yet. The route runs only when the management command evi:raise is used.";

ASSIGNMENT_IN_CONDITION = "W0401", "an assignment in a condition",
"`if ($x = 5)` assigns and is true when that worked. To compare, write `==`.";

MIXED_LOGIC = "W0402", "and and or without parentheses",
"&& and || have the same precedence: `a || b && c` is `(a || b) && c`. Use parentheses to say what is meant.";

DIVISION_BY_ZERO = "W0403", "a division by zero",
"The result of `/ 0` and `% 0` is the number 0 in an expression.";

LOOP_SOURCE = "W0404", "a for loop without [*]",
"The list of a for loop must be written `$(name[*])`; anything else fails when the loop is reached.";

BAD_CONCATENATION = "W0405", "an expression that always fails",
"Text and a number literal cannot be added: the assignment fails and changes nothing. Quote the number.";

BRACKET_VARIABLE = "W0406", "a lone variable in brackets",
"`if ([$x])` is true whenever $x has text, even for 0 and for an empty string. Write `if ($x)`.";

TAIL_IGNORED = "W0407", "statements that are never reached",
"Statements after exit, drop, return, break or async in the same block never run.";

MIXED_ARITHMETIC = "W0409", "operators whose order surprises",
"All of + - * / % have one precedence and go from left to right, and so have & | ^ << >> below them: `1 + 2 * 3` is 9. A
comparison binds tighter than any of them: `$x = $a + $b == 3` adds the result of `$b == 3`. Use parentheses.";

IGNORED_OPTION = "W0408", "an option that has no effect",
"OpenSIPS accepts this and ignores it, with a line in its log.";

OLDER_SPELLING = "W0701", "a spelling of an older release",
"The script is of a release before 4.0. It is read as if this place were written as shown, which means the same. `sipc
migrate FILE --write` rewrites the script and keeps its comments and layout. In a script that also uses names of
release 3.4 or later, such as `stderror_enabled`, older spellings are errors, as in OpenSIPS 4.0.";

OLDER_MEANING = "W0702", "something of an older release that has no equal",
"The script is of a release before 4.0, and this place has no form today that means quite the same. The note says what
is different. `sipc migrate FILE --write` rewrites what can be rewritten.";
}
