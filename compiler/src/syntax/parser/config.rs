//! The clauses of the configuration: hosts, sockets, aliases, blacklists, profiles (LANGUAGE 2.2 to 2.6).

use super::{Parse, Parser};
use crate::diagnostics::codes;
use crate::syntax::token::TokenKind;
use crate::syntax::tree::{
    Alias, Blacklist, BlacklistRule, GlobalValue, Name, Number, Profile, Socket, SocketOption, Text,
};

const OPTION_WORDS: &[&str] = &[
    "anycast",
    "frag",
    "reuse_port",
    "accept_subdomain",
    "allow_proxy_protocol",
    "send_proxy_protocol",
    "proxy_protocol",
];

impl Parser<'_> {
    /// A bare word that is no keyword.
    pub(super) fn word(&mut self, what: &str) -> Parse<Name> {
        match *self.kind() {
            TokenKind::Word => Ok(self.name_here()),
            TokenKind::Keyword(word) => {
                let message = format!("`{word}` is a keyword and cannot be {what}");
                let fault = self.diagnostic(&codes::RESERVED_NAME, message).label("keyword");
                self.fail(fault)
            }
            _ => self.unexpected(what),
        }
    }

    /// `IP | STRING | ID {('.'|'-') ID}`.
    pub(super) fn host(&mut self, what: &str) -> Parse<Name> {
        match self.kind().clone() {
            TokenKind::Text(value) => Ok(Name { text: value, span: self.advance() }),
            TokenKind::Ipv4 => self.ipv4(),
            TokenKind::Ipv6 => Ok(self.name_here()),
            TokenKind::Symbol("[") => {
                let start = self.advance();
                let address = if matches!(self.kind(), TokenKind::Ipv6) {
                    self.name_here()
                } else {
                    return self.unexpected("an IPv6 address after `[`");
                };
                let end = self.expect("]", "an IPv6 address")?;
                Ok(Name { text: address.text, span: start.to(end) })
            }
            TokenKind::Word => self.host_name(),
            TokenKind::Keyword(word) => self.keyword_in_host(word),
            _ => self.unexpected(what),
        }
    }

    fn ipv4(&mut self) -> Parse<Name> {
        let name = self.name_here();
        let text = String::from_utf8_lossy(&name.text).into_owned();
        if text.parse::<std::net::Ipv4Addr>().is_err() {
            let fault = crate::diagnostics::Diagnostic::new(
                &codes::BAD_LITERAL,
                name.span,
                format!("`{text}` is not an IPv4 address"),
            );
            self.report(fault.label("each part goes up to 255").opensips("bad ipv4 address"));
        }
        Ok(name)
    }

    fn host_name(&mut self) -> Parse<Name> {
        let first = self.advance();
        let mut text = self.text_of(first).into_vec();
        while let TokenKind::Symbol(sign @ ("." | "-")) = *self.kind() {
            match *self.kind_at(1) {
                TokenKind::Word => {
                    self.advance();
                    let part = self.advance();
                    text.extend_from_slice(sign.as_bytes());
                    text.extend_from_slice(self.source.slice(part));
                }
                TokenKind::Keyword(word) => {
                    self.advance();
                    return self.keyword_in_host(word);
                }
                _ => {
                    self.advance();
                    return self
                        .unexpected("the next part of a host name (quote names with digits in front)");
                }
            }
        }
        Ok(Name { text: text.into(), span: first.to(self.before()) })
    }

    fn keyword_in_host<T>(&mut self, word: &str) -> Parse<T> {
        let fault = self
            .diagnostic(
                &codes::RESERVED_NAME,
                format!("`{word}` is a keyword and cannot be part of a host name"),
            )
            .label("keyword")
            .help("put the whole host name in quotes")
            .opensips("invalid hostname (use quotes if hostname has config keywords)");
        self.fail(fault)
    }

    /// `N | N '-' M`, separated by commas.
    fn ports(&mut self) -> Parse<Vec<(Number, Number)>> {
        let mut ports = Vec::new();
        loop {
            let first = self.unsigned("a port")?;
            let last = if self.eat("-").is_some() { self.unsigned("the last port")? } else { first };
            if first.value > last.value {
                let message = format!("invalid port range ({} > {})", first.value, last.value);
                let fault = crate::diagnostics::Diagnostic::new(
                    &codes::OUT_OF_RANGE,
                    first.span.to(last.span),
                    message,
                );
                self.report(fault.label("the first port is the greater one"));
            }
            ports.push((first, last));
            if self.eat(",").is_none() {
                return Ok(ports);
            }
        }
    }

    pub(super) fn socket(&mut self) -> Parse<GlobalValue> {
        if self.is_keyword("bond") {
            return self.bond();
        }
        let protocol = self.word("a protocol, as in `udp:host:port`")?;
        self.expect(":", "the protocol")?;
        let host = if self.eat("*").is_some() { None } else { Some(self.host("a host or `*`")?) };
        let ports = if self.eat(":").is_some() { self.ports()? } else { Vec::new() };
        let mut options = Vec::new();
        while let Some(option) = self.socket_option()? {
            options.push(option);
        }
        Ok(GlobalValue::Socket(Box::new(Socket { protocol, host, ports, options })))
    }

    fn socket_option(&mut self) -> Parse<Option<SocketOption>> {
        Ok(Some(match *self.kind() {
            TokenKind::Keyword(word) if OPTION_WORDS.contains(&word) => {
                self.advance();
                SocketOption::Word(word)
            }
            TokenKind::Keyword("tag") => {
                self.advance();
                SocketOption::Tag(self.word("the tag of a socket")?)
            }
            TokenKind::Clause("use_workers") => {
                self.advance();
                SocketOption::Workers(self.unsigned("the number of workers")?)
            }
            TokenKind::Clause("tos") => {
                self.advance();
                SocketOption::Tos(self.unsigned("the type of service")?)
            }
            TokenKind::Clause("as") => {
                self.advance();
                let host = self.host("the address to advertise")?;
                let ports = if self.eat(":").is_some() { self.ports()? } else { Vec::new() };
                SocketOption::As(host, ports)
            }
            TokenKind::Clause("use_auto_scaling_profile") => {
                self.advance();
                SocketOption::Profile(self.word("the name of a scaling profile")?)
            }
            _ => return Ok(None),
        }))
    }

    fn bond(&mut self) -> Parse<GlobalValue> {
        self.advance();
        self.expect(":", "`bond`")?;
        let name = self.word("the name of a bond")?;
        self.expect("{", "the name of a bond")?;
        let members = self.separated("a socket in quotes")?;
        self.expect("}", "the members of a bond")?;
        Ok(GlobalValue::Bond(name, members))
    }

    fn separated(&mut self, what: &str) -> Parse<Vec<Text>> {
        let mut texts = vec![self.text(what)?];
        while self.eat(",").is_some() {
            texts.push(self.text(what)?);
        }
        Ok(texts)
    }

    pub(super) fn paths(&mut self) -> Parse<GlobalValue> {
        let mut paths = vec![self.text("a path in quotes")?];
        while self.eat(":").is_some() {
            paths.push(self.text("a path in quotes")?);
        }
        Ok(GlobalValue::Paths(paths))
    }

    pub(super) fn aliases(&mut self) -> Parse<GlobalValue> {
        let mut aliases = vec![self.alias()?];
        while self.begins_alias() {
            aliases.push(self.alias()?);
        }
        Ok(GlobalValue::Aliases(aliases))
    }

    fn begins_alias(&self) -> bool {
        match self.kind() {
            // A word that `=` follows is an unknown global, not one more alias.
            TokenKind::Word => !self.is_at(1, "="),
            TokenKind::Text(_) | TokenKind::Ipv4 | TokenKind::Ipv6 | TokenKind::Keyword("any") => true,
            TokenKind::Symbol("[") => true,
            _ => false,
        }
    }

    fn alias(&mut self) -> Parse<Alias> {
        let start = self.span();
        let mut protocol = None;
        let any = self.eat_keyword("any").is_some();
        if any {
            self.expect(":", "`any`")?;
        } else if matches!(self.kind(), TokenKind::Word) && self.is_at(1, ":") {
            protocol = Some(self.name_here());
            self.advance();
        }
        let host = self.host("a host name")?;
        let port = if (any || protocol.is_some()) && self.eat(":").is_some() {
            if self.eat_keyword("any").is_some() { None } else { Some(self.unsigned("a port")?) }
        } else {
            None
        };
        let accept_subdomain = self.eat_keyword("accept_subdomain").is_some();
        Ok(Alias { protocol, host, port, accept_subdomain, span: start.to(self.before()) })
    }

    pub(super) fn mem_group(&mut self) -> Parse<GlobalValue> {
        self.text("the name of a group in quotes")?;
        self.expect(":", "the name of a group")?;
        self.texts("the name of a module in quotes")?;
        Ok(GlobalValue::MemGroup)
    }

    pub(super) fn blacklist(&mut self) -> Parse<GlobalValue> {
        let name = self.word("the name of a blacklist")?;
        let mut flags = None;
        if self.eat("/").is_some() {
            let list: &mut Vec<&'static str> = flags.insert(Vec::new());
            loop {
                match *self.kind() {
                    TokenKind::Keyword(flag @ ("readonly" | "expire" | "default")) => list.push(flag),
                    _ => return self.unexpected("`readonly`, `expire` or `default`"),
                }
                self.advance();
                if self.eat(",").is_none() {
                    break;
                }
            }
        }
        let rules = if self.eat(":").is_some() { self.rules()? } else { Vec::new() };
        Ok(GlobalValue::Blacklist(Blacklist { name, flags, rules }))
    }

    fn rules(&mut self) -> Parse<Vec<BlacklistRule>> {
        let mut rules = Vec::new();
        self.expect("{", "`:`")?;
        if self.eat("}").is_some() {
            return Ok(rules);
        }
        loop {
            rules.push(self.rule()?);
            if self.eat(",").is_none() {
                self.expect("}", "the rules of a blacklist")?;
                return Ok(rules);
            }
        }
    }

    fn rule(&mut self) -> Parse<BlacklistRule> {
        let negated = self.eat("!").is_some();
        let mut rule = BlacklistRule {
            negated,
            protocol: None,
            network: Name { text: [].into(), span: self.span() },
            port: None,
            pattern: None,
        };
        if self.eat("(").is_none() {
            rule.network = self.network()?;
            return Ok(rule);
        }
        let with_protocol = matches!(self.kind(), TokenKind::Word | TokenKind::Keyword("any"));
        if with_protocol {
            if self.eat_keyword("any").is_none() {
                rule.protocol = Some(self.name_here());
            }
            self.expect(",", "the protocol")?;
        }
        rule.network = self.network()?;
        if self.eat(",").is_some() {
            rule.port = if self.eat_keyword("any").is_some() {
                None
            } else {
                Some(self.unsigned("a port or `any`")?)
            };
            if with_protocol && self.eat(",").is_some() {
                rule.pattern = Some(self.text("a pattern in quotes")?);
            }
        }
        self.expect(")", "a rule")?;
        Ok(rule)
    }

    /// A network, or an address.
    pub(super) fn network(&mut self) -> Parse<Name> {
        match self.kind() {
            TokenKind::Network => Ok(self.name_here()),
            TokenKind::Ipv4 | TokenKind::Ipv6 | TokenKind::Symbol("[") => {
                self.host("an address or a network")
            }
            _ => self.unexpected("an address or a network"),
        }
    }

    pub(super) fn profile(&mut self) -> Parse<GlobalValue> {
        let name = self.word("the name of a scaling profile")?;
        self.clause("scale up to")?;
        let (most, load) = self.scale()?;
        let samples = self.unsigned("a number of cycles")?;
        let mut within = samples;
        if matches!(self.kind(), TokenKind::Clause("cycles within")) {
            self.advance();
            within = self.unsigned("a number of cycles")?;
        } else {
            self.clause("cycles")?;
        }
        let mut down = None;
        if matches!(self.kind(), TokenKind::Clause("scale down to")) {
            self.advance();
            let (least, load) = self.scale()?;
            let samples = self.unsigned("a number of cycles")?;
            self.clause("cycles")?;
            down = Some([least, load, samples]);
        }
        Ok(GlobalValue::Profile(Profile { name, up: [most, load, samples, within], down }))
    }

    /// `MAX on P % for`.
    fn scale(&mut self) -> Parse<(Number, Number)> {
        let limit = self.unsigned("a number of workers")?;
        self.clause("on")?;
        let load = self.unsigned("a load in per cent")?;
        self.expect("%", "the load")?;
        if self.eat_keyword("for").is_none() {
            return self.unexpected("`for` after the load");
        }
        Ok((limit, load))
    }

    fn clause(&mut self, word: &str) -> Parse<()> {
        if matches!(self.kind(), TokenKind::Clause(w) if *w == word) {
            self.advance();
            return Ok(());
        }
        self.unexpected(&format!("`{word}` with a blank on each side"))
    }
}
