//! E03xx: names, and where they may stand.

super::codes! { NAMES:
UNKNOWN_FUNCTION = "E0301", "an unknown function",
"Neither the core nor any module of OpenSIPS 4.0 has a function of this name. Names are case-sensitive. Functions of
older releases may have a new name.";

FUNCTION_NOT_BUILT = "E0302", "a function that is not built yet",
"OpenSIPS has this function, this version of sipc has not. The message names the module it belongs to. A script is
refused rather than compiled into something that fails when a call arrives.";

FUNCTION_NOT_LOADED = "E0303", "a function whose module is not loaded",
"The function belongs to a module that the script does not load. Add the loadmodule line that the help shows, above
the first use.";

FUNCTION_NOT_HERE = "E0304", "a function in a route where it is not allowed",
"Each function lists the kinds of route in which it makes sense. As in OpenSIPS the kind of the block in which the
call is written decides: in a `route[x]` block the function must allow requests, even if only a failure_route
calls it.";

UNDEFINED_ROUTE = "E0305", "a route that does not exist",
"`route(name)`, t_on_failure(\"name\") and their like need a block of that name and of the right kind. A block that
consists of `;` only does not count. Names are case-sensitive.";

DUPLICATE_ROUTE = "E0306", "a route that is defined twice",
"Each name may be used once per kind of route (timer routes excepted). `route`, `route[0]`, `route[\"\"]` and
`route[no]` all are the main route.";

UNKNOWN_VARIABLE = "E0307", "an unknown variable",
"There is no variable of this name. Names are case-sensitive, and a name with parentheses is another variable than
one without: `$hdr(X)` exists, `$hdr` does not. In a string, the name goes on over letters, digits, `_` and `.`:
write `$(rd).foo`, not `$rd.foo`.";

VARIABLE_NOT_BUILT = "E0308", "a variable that is not built yet",
"OpenSIPS has this variable, this version of sipc has not. A script is refused rather than compiled into something
that fails when a call arrives.";

VARIABLE_NOT_LOADED = "E0309", "a variable whose module is not loaded",
"The variable belongs to a module that the script does not load above this line.";

UNKNOWN_GLOBAL = "E0310", "an unknown global",
"There is no global parameter of this name. Many were renamed over the releases: listen is socket, debug is
log_level, children is udp_workers, log_stderror is stderror_enabled.";

UNKNOWN_MODULE = "E0311", "an unknown module",
"OpenSIPS 4.0 has no module of this name. The name is the file name as in `loadmodule \"tm.so\"`.";

MODULE_NOT_BUILT = "E0312", "a module that is not built yet",
"OpenSIPS has this module, this version of sipc has not. The modules that it has: `sipc explain modules`.";

MODULE_TWICE = "E0313", "a module that is loaded twice",
"OpenSIPS refuses to load the same module twice. Remove one of the two lines; look into included files too.";

MISSING_DEPENDENCY = "E0314", "a module needs another one",
"Some modules use others: dialog needs tm, nathelper may need usrloc. Load the missing one as well.";

UNKNOWN_PARAMETER = "E0315", "an unknown module parameter",
"No loaded module that the first string matches has a parameter of this name. Names are case-sensitive. The first
string is a regular expression: `modparam(\"acc|dialog\", \"db_url\", \"...\")` sets it for both, and both must have it.";

PARAMETER_NOT_BUILT = "E0316", "a module parameter that is not built yet",
"OpenSIPS has this module parameter, this version of sipc has not. Remove the line if its default will do.";

NO_MODULE_FOR_PARAMETER = "E0317", "modparam for a module that is not loaded",
"The module of a modparam line must be loaded above it, with a loadmodule line of its own.";

UNKNOWN_TRANSFORMATION = "E0318", "an unknown transformation",
"`{class.name}`: class and name must exist. The classes are s, uri, via, param, nameaddr, ip, csv, sdp and re;
modules add some.";

UNKNOWN_ASYNC = "E0319", "this function cannot be run by async or launch",
"Only functions that a module offers for it can be started with async() and launch(). Call others directly: here no
function ever blocks other calls.";

TOO_MANY = "E0320", "a limit of OpenSIPS is exceeded",
"OpenSIPS has 99 named routes of each kind, 100 timer routes, 32 named message flags, 32 named branch flags and 32
blacklists.";

UNKNOWN_PROTOCOL = "E0321", "an unknown protocol",
"The protocols are udp, tcp, tls, sctp, ws, wss, ipsec, bin, bins, hep_udp, hep_tcp, hep_tls, smpp, msrp and msrps.";

TRANSPORT_NOT_LOADED = "E0322", "a socket whose transport module is not loaded",
"Each transport comes with a module: `loadmodule \"proto_udp.so\"` for udp, and so on. OpenSIPS refuses to start
without it.";

DUPLICATE_NAME = "E0323", "a name that is used twice",
"Blacklists and scaling profiles need names of their own; profiles regardless of case.";

NOT_BUILT = "E0324", "something that is not built yet",
"OpenSIPS accepts this, this version of sipc does not. A script is refused rather than compiled into something that
does less than it says.";

UNKNOWN_CONTEXT = "E0325", "an unknown message context",
"`$(<request>x)` and `$(<reply>x)` are the contexts that exist; both need the module tm.";
}
