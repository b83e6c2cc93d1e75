//! E04xx: values and types.

super::codes! { TYPES:
ARGUMENT_COUNT = "E0401", "the wrong number of arguments",
"The function takes more or fewer arguments, or an argument that cannot be left out is missing. `sipc explain
module.function` shows its parameters.";

ARGUMENT_KIND = "E0402", "an argument of the wrong kind",
"Nothing is converted at the call: a parameter that wants a number takes a number or a variable, one that wants text
takes a string or a variable, one that wants a variable takes nothing else.

    strip(\"1\");      # a string for a number
    strip(1);";

ARGUMENT_FIXED = "E0403", "an argument that must be a plain literal",
"The value of this parameter must be known when the script is loaded: a string without variables.

    setflag($var(name));
    setflag(\"NAME\");";

NOT_WRITABLE = "E0404", "a variable that cannot be assigned to",
"The variable is read-only. `sipc explain '$name'` shows which are not.";

TRANSFORMED_TARGET = "E0405", "a transformation on the left side",
"A transformation computes a new value; it cannot be assigned to. Assign to the variable itself.";

BAD_REGEX = "E0406", "a bad regular expression",
"Patterns are POSIX extended regular expressions, ignoring case. There is no \\d: write [0-9].";

BAD_LITERAL = "E0407", "a literal that cannot be read",
"The text is not what this place needs: an address, a network, a method list, a log level. The message says which.";

GLOBAL_TYPE = "E0408", "a global with the wrong kind of value",
"Globals take a number (yes and no are the numbers 1 and 0), a quoted string, or a bare word, as listed in the
manual.

    udp_workers = \"4\"
    udp_workers = 4";

PARAMETER_TYPE = "E0409", "a module parameter with the wrong kind of value",
"A module parameter takes a number or a quoted string, never both unless documented. A bare yes or no is a number.

    modparam(\"sl\", \"enable_stats\", \"yes\")
    modparam(\"sl\", \"enable_stats\", yes)";

BAD_ITERATOR = "E0410", "a for loop over something else",
"The iterator of `for ($it in $(list[*]))` is a $var, $avp or $json; the list is written with [*].";

BAD_INNER_NAME = "E0411", "a wrong name in the parentheses of a variable",
"What may stand in the parentheses depends on the variable: a fixed word for $socket_in(ip), a flag name for
$msg.flag(F), a number for $return(0).";

BAD_INDEX = "E0412", "a wrong index",
"`[n]`, `[-n]`, `[*]`, `[$var(i)]`, and for some variables a word. Most variables have one value and take no index.";

BAD_TRANSFORMATION = "E0413", "a transformation with wrong arguments",
"The arguments of a transformation are numbers, texts up to the next `,` or `}`, or variables.";

OUT_OF_RANGE = "E0414", "a value out of range",
"The value is outside of what OpenSIPS accepts here; the message gives the range.";

EMPTY_CONDITION = "E0415", "a condition that does nothing",
"`if ({})` is refused by OpenSIPS when it starts. Write the condition that is meant.";

EMPTY_TEXT = "E0416", "a text that must not be empty",
"OpenSIPS refuses an empty string here when it starts. Write the text that is meant.";

ROUTE_ARGUMENTS = "E0417", "too many arguments for a route",
"A route takes at most eight arguments. Hand more over in a $avp or in one string.";

PARAMETER_VALUE = "E0418", "a module parameter with a value that cannot be used",
"The value is not of the form that the parameter wants, or asks for what this version of sipc has not. The message says
what it takes.";
}
