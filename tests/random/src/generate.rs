//! Writes random scripts: every statement, operator and many variables and transformations, in any nesting, with kinds
//! that fit often enough for both outcomes to happen. The same seed gives the same script.

use std::fmt::Write;

/// The name under which both executors know a script.
pub const FILE: &str = "random.cfg";
/// Routes of a file, each a script of its own.
pub const ROUTES: u64 = 75;

/// A file of [`ROUTES`] routes; a request for `sip:s7@…` runs the route `s7`.
pub fn script(seed: u64) -> String {
    let mut text = String::from(
        "log_level = 3\nxlog_level = 3\nmax_while_loops = 20\nloadmodule \"proto_udp.so\"\nloadmodule \"sl.so\"\n\
         loadmodule \"sipmsgops.so\"\nloadmodule \"textops.so\"\n\nroute {\n    route($rU, \"par am\", 42);\n    \
         xlog(\"rc $rc ret $return(0) $return(1)\\n\");\n    route(state);\n    sl_send_reply(200, \"OK\");\n}\n\n\
         route[state] {\n",
    );
    for name in VARS {
        writeln!(text, "    xlog(\"{name}=$var({name}) $(var({name}){{s.len}})\\n\");")
            .expect("strings grow");
    }
    for name in AVPS {
        writeln!(text, "    xlog(\"{name}=$avp({name}) $(avp({name})[*]) $(avp({name})[1])\\n\");")
            .expect("grow");
    }
    text.push_str("    xlog(\"$ru $du $rU $rd $rp flags $msg.flag(A) $msg.flag(B)\\n\");\n}\n\n");
    text.push_str("route[twice] {\n    $var(n) = $param(1);\n    return($var(n), $param(2), 7);\n}\n\n");
    for number in 0..ROUTES {
        let mut writer =
            Writer { random: Random::new(seed * 1_000 + number), text: String::new(), loops: 0, lists: 0 };
        writeln!(writer.text, "route[s{number}] {{").expect("strings grow");
        writer.block(1, 6);
        writer.text.push_str("}\n\n");
        text.push_str(&writer.text);
    }
    text
}

const VARS: [&str; 5] = ["a", "b", "c", "n", "t"];
const AVPS: [&str; 3] = ["x", "y", "list"];

/// xorshift64*
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        Random((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

struct Writer {
    random: Random,
    text: String,
    /// Loops around the place, each with a counter of its own.
    loops: usize,
    /// Lists that loops go through: adding to them would make the loops very long.
    lists: usize,
}

impl Writer {
    fn line(&mut self, depth: usize, text: &str) {
        writeln!(self.text, "{}{text}", "    ".repeat(depth)).expect("strings grow");
    }

    fn block(&mut self, depth: usize, most: usize) {
        for _ in 0..=self.random.below(most) {
            self.statement(depth);
        }
    }

    fn statement(&mut self, depth: usize) {
        let kinds = if depth > 3 { 8 } else { 14 };
        match self.random.below(kinds) {
            0..=2 => self.assignment(depth),
            3 => {
                let text = self.format();
                self.line(depth, &format!("xlog(\"{text}\\n\");"));
            }
            4 => self.call(depth),
            5 => self.uri(depth),
            6 => self.list(depth),
            7 => self.end(depth),
            8..=10 => self.choice(depth),
            11 => self.while_loop(depth),
            12 => self.for_loop(depth),
            _ => self.switch(depth),
        }
    }

    fn target(&mut self) -> String {
        if self.random.below(4) == 0 && self.lists == 0 {
            format!("$avp({})", self.random.pick(&AVPS))
        } else {
            format!("$var({})", self.random.pick(&VARS))
        }
    }

    fn assignment(&mut self, depth: usize) {
        let target = self.target();
        let op =
            self.random.pick(&["=", "=", "=", "=", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="]);
        let value = self.value(0);
        let line = match self.random.below(12) {
            0 => format!("{target} = NULL;"),
            _ => format!("{target} {op} {value};"),
        };
        self.line(depth, &line);
    }

    fn value(&mut self, deep: usize) -> String {
        if deep > 2 || self.random.below(3) == 0 {
            return self.atom();
        }
        let (left, right) = (self.value(deep + 1), self.value(deep + 1));
        match self.random.below(10) {
            0 => format!("~ ({left})"),
            1 => {
                let (v, op, atom) = (self.variable(), self.comparison(), self.atom_compared());
                format!("({v} {op} {atom})")
            }
            _ => {
                let op = self.random.pick(&["+", "+", "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"]);
                if self.random.below(2) == 0 {
                    format!("({left} {op} {right})")
                } else {
                    format!("({left}) {op} ({right})")
                }
            }
        }
    }

    fn atom(&mut self) -> String {
        match self.random.below(5) {
            0 => self.number(),
            1 => format!("\"{}\"", self.word()),
            _ => self.variable(),
        }
    }

    fn number(&mut self) -> String {
        self.random
            .pick(&["0", "1", "2", "7", "10", "31", "255", "-1", "-20", "65536", "2147483647"])
            .to_owned()
    }

    fn word(&mut self) -> &'static str {
        self.random.pick(&[
            "",
            "a",
            "B",
            "alice",
            "Bob",
            "12",
            "0",
            "-7",
            "0x1f",
            "a,b,c",
            "x;y=1;z",
            "sip:eve@example.com:5080",
            "one two",
            "ÄÖ",
            "$rU",
            "007",
            "4930123456",
            "\\\"Eve\\\" <sip:eve@example.com>;tag=1",
        ])
    }

    fn variable(&mut self) -> String {
        let name = match self.random.below(9) {
            0..=3 => format!("var({})", self.random.pick(&VARS)),
            4 => format!("avp({})", self.random.pick(&AVPS)),
            5 => self
                .random
                .pick(&["avp(list)[1]", "avp(list)[-1]", "avp(list)[*]", "hdr(X-A)", "hdr(X-B)[1]"])
                .to_owned(),
            6 => self.random.pick(&["param(1)", "param(2)", "return(0)", "return(1)", "rc"]).to_owned(),
            _ => self
                .random
                .pick(&["ru", "rU", "rd", "fU", "fu", "tu", "ci", "rm", "si", "sp", "ml", "ua", "cs"])
                .to_owned(),
        };
        if self.random.below(3) > 0 {
            return if name.contains('[') { format!("$({name})") } else { format!("${name}") };
        }
        let mut chain = String::new();
        for _ in 0..=self.random.below(3) {
            chain.push_str(self.random.pick(&[
                "{s.len}",
                "{s.int}",
                "{s.toupper}",
                "{s.tolower}",
                "{s.substr,1,2}",
                "{s.substr,-2,0}",
                "{s.substr,0,$var(n)}",
                "{s.select,0,;}",
                "{s.select,-1,@}",
                "{s.md5}",
                "{s.encode.hexa}",
                "{s.decode.hexa}",
                "{s.escape.common}",
                "{s.unescape.user}",
                "{s.trim}",
                "{s.b64encode}",
                "{s.index,b}",
                "{s.rindex,b}",
                "{s.fill.left,0,5}",
                "{s.width,3}",
                "{s.reverse}",
                "{s.hex2dec}",
                "{s.dec2hex}",
                "{uri.user}",
                "{uri.host}",
                "{uri.port}",
                "{param.value,y}",
                "{param.count}",
                "{nameaddr.uri}",
                "{nameaddr.name}",
                "{csv.count}",
                "{csv.value,1}",
                "{ip.isip}",
                "{s.crc32}",
                "{re.subst,/[0-9]+/#/g}",
                "{re.subst,/(a)(.)/\\\\2\\\\1/}",
                "{s.xor,key}",
                "{s.eval}",
            ]));
        }
        format!("$({name}{chain})")
    }

    fn comparison(&mut self) -> &'static str {
        self.random.pick(&["==", "!=", "<", "<=", ">", ">="])
    }

    fn atom_compared(&mut self) -> String {
        match self.random.below(4) {
            0 => self.number(),
            1 => format!("\"{}\"", self.word()),
            _ => self.variable(),
        }
    }

    fn condition(&mut self, deep: usize) -> String {
        let kinds = if deep > 2 { 6 } else { 10 };
        match self.random.below(kinds) {
            0 => self.variable(),
            1 | 2 => {
                let (v, op, atom) = (self.variable(), self.comparison(), self.atom_compared());
                format!("{v} {op} {atom}")
            }
            3 => {
                let op = self.random.pick(&["==", "!="]);
                format!("{} {op} NULL", self.variable())
            }
            4 => {
                let op = self.random.pick(&["=~", "!~"]);
                let pattern =
                    self.random.pick(&["^a", "[0-9]+$", "^(alice|bob)$", "", "e.e", "^$", "[[:upper:]]"]);
                format!("{} {op} \"{pattern}\"", self.variable())
            }
            5 => self
                .random
                .pick(&[
                    "is_method(\"MESSAGE\")",
                    "has_body()",
                    "isflagset(\"A\")",
                    "is_myself(\"$rd\")",
                    "1",
                    "0",
                    "route(twice, 1)",
                    "route(twice, -1, \"z\")",
                    "$si == 10.0.0.0/8",
                    "is_present_hf(\"X-A\")",
                ])
                .to_owned(),
            6 => format!("!({})", self.condition(deep + 1)),
            7 => format!("[{} ]", self.value(1)),
            n => {
                let op = if n == 8 { "&&" } else { "||" };
                format!("({}) {op} ({})", self.condition(deep + 1), self.condition(deep + 1))
            }
        }
    }

    fn choice(&mut self, depth: usize) {
        let condition = self.condition(0);
        self.line(depth, &format!("if ({condition}) {{"));
        self.block(depth + 1, 3);
        if self.random.below(3) == 0 {
            let condition = self.condition(0);
            self.line(depth, &format!("}} else if ({condition}) {{"));
            self.block(depth + 1, 2);
        }
        if self.random.below(2) == 0 {
            self.line(depth, "} else {");
            self.block(depth + 1, 3);
        }
        self.line(depth, "}");
    }

    fn while_loop(&mut self, depth: usize) {
        let counter = format!("$var(loop{})", self.loops);
        let most = self.random.below(4);
        self.line(depth, &format!("{counter} = 0;"));
        self.line(depth, &format!("while ({counter} < {most}) {{"));
        self.line(depth + 1, &format!("{counter} += 1;"));
        self.loops += 1;
        self.block(depth + 1, 3);
        self.loops -= 1;
        self.line(depth, "}");
    }

    fn for_loop(&mut self, depth: usize) {
        let list = self.random.pick(&["avp(list)[*]", "hdr(X-A)[*]", "avp(x)[*]"]);
        self.line(depth, &format!("for ($var(t) in $({list})) {{"));
        self.loops += 1;
        self.lists += 1;
        self.line(depth + 1, "xlog(\"item $var(t)\\n\");");
        self.block(depth + 1, 2);
        self.loops -= 1;
        self.lists -= 1;
        self.line(depth, "}");
    }

    fn switch(&mut self, depth: usize) {
        let subject = self.variable();
        self.line(depth, &format!("switch ({subject}) {{"));
        let mut labels = vec!["1", "\"12\"", "\"alice\"", "0", "\"\"", "\"BOB\"", "-1", "\"a\""];
        for _ in 0..=self.random.below(3) {
            let at = self.random.below(labels.len());
            let label = labels.swap_remove(at);
            self.line(depth, &format!("case {label}:"));
            self.loops += 1;
            self.block(depth + 1, 2);
            self.loops -= 1;
            if self.random.below(3) > 0 {
                self.line(depth + 1, "break;");
            }
        }
        if self.random.below(2) == 0 {
            self.line(depth, "default:");
            self.block(depth + 1, 2);
        }
        self.line(depth, "}");
    }

    fn call(&mut self, depth: usize) {
        let (value, text) = (self.variable(), self.format());
        let line = match self.random.below(10) {
            0 => format!("route(twice, {value}, \"q\");"),
            1 => format!("append_hf(\"X-C: {text}\\r\\n\");"),
            2 => "remove_hf(\"X-A\");".to_owned(),
            3 => format!("setflag(\"{}\");", self.random.pick(&["A", "B"])),
            4 => format!("resetflag(\"{}\");", self.random.pick(&["A", "B"])),
            5 => format!("append_to_reply(\"X-R: {value}\\r\\n\");"),
            6 => "subst_user('/a/u/gi');".to_owned(),
            7 => format!("$var({}) = route(twice, {value});", self.random.pick(&VARS)),
            8 => "avp_print();".to_owned(),
            _ => format!("assert({}, \"{}\");", self.condition(2), self.random.pick(&["must", "holds"])),
        };
        self.line(depth, &line);
    }

    fn uri(&mut self, depth: usize) {
        let n = self.random.below(4);
        let value = self.value(2);
        let line = match self.random.below(10) {
            0 => format!("strip({n});"),
            1 => format!("strip_tail({n});"),
            2 => "prefix(\"+\");".to_owned(),
            3 => format!("$rU = {value};"),
            4 => "$rd = \"example.net\";".to_owned(),
            5 => "$rp = 5090;".to_owned(),
            6 => "$du = \"sip:192.0.2.1\";".to_owned(),
            7 => "$du = NULL;".to_owned(),
            8 => "revert_uri();".to_owned(),
            _ => "$ru = \"sip:zoe@example.org;transport=udp\";".to_owned(),
        };
        self.line(depth, &line);
    }

    fn list(&mut self, depth: usize) {
        let value = self.atom();
        let line = match self.random.below(5) {
            0 => "$(avp(list)[0]) = NULL;".to_owned(),
            1 => format!("$(avp(list)[1]) = {value};"),
            2 => "$(avp(list)[*]) = NULL;".to_owned(),
            _ if self.lists > 0 => format!("$(avp(list)[0]) = {value};"),
            _ => format!("$avp(list) = {value};"),
        };
        self.line(depth, &line);
    }

    fn end(&mut self, depth: usize) {
        // too many ends leave nothing to run
        if self.random.below(3) > 0 {
            return self.assignment(depth);
        }
        let number = self.number();
        let line = match self.random.below(6) {
            0 => "exit;".to_owned(),
            1 => format!("return({number}, $var(a), \"text\");"),
            2 => format!("return({});", self.variable()),
            3 if self.loops > 0 => "break;".to_owned(),
            4 => "drop;".to_owned(),
            _ => format!("return({number});"),
        };
        self.line(depth, &line);
    }

    fn format(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..=self.random.below(3) {
            text.push_str(self.random.pick(&[" v=", " ", "%", "$$", "<>"]));
            text.push_str(&self.variable());
        }
        text
    }
}
