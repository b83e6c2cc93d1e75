//! E01xx: files, include lines, tokens.

super::codes! { LEXING:
UNREADABLE_SCRIPT = "E0101", "the script cannot be read",
"The main script could not be opened. Check the path given with -f and the permissions of the file; `-`
means standard input.";

UNREADABLE_INCLUDE = "E0102", "an included file cannot be read",
"An include line names a file that is not there or cannot be read. A relative path is tried from the
current directory of the process first, then from the folder of the including file.

    include_file \"routes/nat.cfg\"

The line works anywhere, also inside a route and even inside a /* comment */: only a line whose first word is
`include_file` or `import_file` counts, so `# include_file ...` is safe.";

INCLUDE_LOOP = "E0103", "a file includes itself",
"The language has no conditions around include lines, so a file that includes itself, directly or through
others, would go on for ever. The note shows the chain; remove one of its links.";

INCLUDE_DEPTH = "E0104", "includes are nested too deep",
"OpenSIPS keeps at most 20 files open, the main file included. Include the innermost files from the main
file instead.";

PATH_TOO_LONG = "E0105", "the path of an include is too long",
"A path joined from the folder of the including file and an include line is limited to 256 bytes in OpenSIPS,
any other path to 2047. Use a shorter or an absolute path.";

NUL_BYTE = "E0106", "a NUL byte in the script",
"OpenSIPS refuses scripts that contain a NUL byte, wherever it stands. It is usually a sign of a file saved as
UTF-16: save it as UTF-8 or ASCII.";

SCRIPT_TOO_LARGE = "E0107", "the script is too large",
"The script with all its includes is larger than 1 GiB. A file that is not a script was probably included.";

UNTERMINATED_STRING = "E0108", "a string is not closed",
"A string goes on to the next quote of the same kind, over line ends too. Look for the missing quote at the
place where the string begins, not at the end of the file.

    xlog(\"hello);          # missing quote
    xlog(\"hello\");

In double quotes, \\\" is a quote; in single quotes there is no escape at all.";

UNTERMINATED_COMMENT = "E0109", "a comment is not closed",
"Comments nest: each /* needs its own */.

    /* outer /* inner */     # one */ is missing
    /* outer /* inner */ */";

UNTERMINATED_VARIABLE = "E0110", "the parenthesis of a variable is not closed",
"A variable written with a parenthesis goes on to the parenthesis that closes it; blanks and semicolons inside
belong to it.

    $var(x = 1;            # missing )
    $var(x) = 1;";

VARIABLE_ACROSS_LINES = "E0111", "a variable contains a line end",
"OpenSIPS puts internal markers at every line end, and inside the parentheses of a variable they become part of
the name. Write the variable on one line.";

NO_VALUE = "E0112", "a site value is missing",
"`${NAME}` in a script is filled when the script is read: from `-D NAME=VALUE`, or else from the environment. This one
has no value:

    socket = udp:${LISTEN_IP}:5060

Give it one: `sipc build opensips.cfg -D LISTEN_IP=10.0.0.1`. Two dollar signs keep a literal `${NAME}` in a text that
is a format.";
}
