//! A phone: it writes requests and replies that fit what it sent and received before. It answers nothing by
//! itself and retransmits nothing: a case says all that is sent.

use std::net::SocketAddr;

use sipc_engine::send::reason;

use crate::message::Message;

/// One phone.
#[derive(Debug)]
pub struct Party {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: SocketAddr,
    /// What it sent, and what it received with the socket it came from, in order.
    log: Vec<Entry>,
    /// Via branches made.
    branches: u32,
}

#[derive(Debug)]
struct Entry {
    received: bool,
    socket: usize,
    message: Message,
}

/// Which received request a reply is for.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// Its method; any but ACK when `None`.
    pub method: Option<String>,
    /// Its number among those received with different branches, from 1; the last when `None`.
    pub number: Option<usize>,
    /// Its Call-ID, if that matters.
    pub call: Option<String>,
}

impl Party {
    /// A phone that has done nothing yet.
    pub fn new(name: &str, address: SocketAddr) -> Party {
        Party { name: name.to_owned(), address, log: Vec::new(), branches: 0 }
    }

    /// Notes what arrived.
    pub fn received(&mut self, socket: usize, message: Message) {
        self.log.push(Entry { received: true, socket, message });
    }

    /// Notes what leaves.
    pub fn sent(&mut self, socket: usize, message: Message) {
        self.log.push(Entry { received: false, socket, message });
    }

    /// The call of the last message.
    pub fn last_call(&self) -> Option<String> {
        self.log.last().map(|e| e.message.call_id().to_owned())
    }

    /// Whether it has seen a call.
    pub fn knows(&self, call: &str) -> bool {
        self.log.iter().any(|e| e.message.call_id() == call)
    }

    /// The last thing sent whose first line begins so, or whose status code is that; the last of all for "".
    pub fn last_sent(&self, start: &str) -> Option<(usize, &Message)> {
        let is = |m: &Message| m.first.starts_with(start) || m.code().is_some_and(|c| c.to_string() == start);
        self.log.iter().rev().find(|e| !e.received && is(&e.message)).map(|e| (e.socket, &e.message))
    }

    /// A request outside dialogs.
    pub fn new_request(&mut self, method: &str, uri: &str, call: &str, domain: &str) -> Message {
        let mut m = Message { first: format!("{method} {uri} SIP/2.0"), ..Message::default() };
        let own = format!("<sip:{}@{domain}>", self.name);
        m.add("Via", self.new_via());
        m.add("From", format!("{own};tag={}", self.name));
        m.add("To", if method == "REGISTER" { own } else { format!("<{uri}>") });
        m.add("Call-ID", call);
        m.add("CSeq", format!("{} {method}", self.next_cseq(call)));
        if matches!(method, "INVITE" | "REGISTER" | "SUBSCRIBE") {
            m.add("Contact", self.contact());
        }
        m
    }

    /// A request inside a call.
    ///
    /// # Errors
    /// What is missing for it.
    pub fn request(&mut self, method: &str, call: &str) -> Result<Message, String> {
        match method {
            "CANCEL" => self.same_hop(method, call),
            "ACK" => match self.last_reply(call).and_then(Message::code) {
                Some(300..) => self.same_hop(method, call),
                _ => self.in_dialog(method, call),
            },
            _ => self.in_dialog(method, call),
        }
    }

    /// A reply to a received request, and the socket that it goes to.
    ///
    /// # Errors
    /// No such request was received.
    pub fn reply(&self, code: u16, which: &Which) -> Result<(usize, Message), String> {
        let (socket, number, request) = self.find_received(which)?;
        let mut m = Message { first: format!("SIP/2.0 {code} {}", reason(code)), ..Message::default() };
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            m.copy(name, request);
        }
        if code > 100
            && let Some((_, to)) = m.headers.iter_mut().find(|(n, _)| n == "To")
            && !to.contains(";tag=")
        {
            *to += &format!(
                ";tag={}{}",
                self.name,
                if number == 1 { String::new() } else { number.to_string() }
            );
        }
        if code > 100 && code < 300 {
            m.copy("Record-Route", request);
        }
        if request.method() == "INVITE" && (180..300).contains(&code) {
            m.add("Contact", self.contact());
        }
        Ok((socket, m))
    }

    fn find_received(&self, which: &Which) -> Result<(usize, usize, &Message), String> {
        let mut found: Vec<(usize, &Message)> = Vec::new();
        for e in self.log.iter().filter(|e| e.received && e.message.code().is_none()) {
            let m = &e.message;
            let wanted = match &which.method {
                Some(method) => m.method() == method,
                None => m.method() != "ACK",
            };
            let of_call = which.call.as_ref().is_none_or(|c| m.call_id() == c);
            let again = found.iter().any(|(_, f)| f.header("Via") == m.header("Via") && f.first == m.first);
            if wanted && of_call && !again {
                found.push((e.socket, m));
            }
        }
        let at = which.number.unwrap_or(found.len());
        let (socket, m) =
            at.checked_sub(1).and_then(|i| found.get(i)).ok_or("no such request was received")?;
        let of_method = found.iter().take(at).filter(|(_, f)| f.method() == m.method()).count();
        Ok((*socket, of_method, m))
    }

    fn contact(&self) -> String {
        format!("<sip:{}@{}>", self.name, self.address)
    }

    fn new_via(&mut self) -> String {
        self.branches += 1;
        format!("SIP/2.0/UDP {};branch=z9hG4bK-{}-{}", self.address, self.name, self.branches)
    }

    fn next_cseq(&self, call: &str) -> u32 {
        let own = self.log.iter().filter(|e| !e.received && e.message.code().is_none());
        own.filter(|e| e.message.call_id() == call).map(|e| e.message.cseq()).max().unwrap_or(0) + 1
    }

    fn own_invite(&self, call: &str) -> Option<&Message> {
        let own = self.log.iter().rev().filter(|e| !e.received).map(|e| &e.message);
        own.into_iter().find(|m| m.first.starts_with("INVITE ") && m.call_id() == call)
    }

    fn last_reply(&self, call: &str) -> Option<&Message> {
        let replies = self.log.iter().rev().filter(|e| e.received).map(|e| &e.message);
        let is =
            |m: &&Message| m.call_id() == call && m.code().is_some_and(|c| c > 100) && m.method() == "INVITE";
        replies.into_iter().find(is)
    }

    /// A CANCEL, or the ACK of a negative reply: the hop of the INVITE, with its branch.
    fn same_hop(&self, method: &str, call: &str) -> Result<Message, String> {
        let invite = self.own_invite(call).ok_or("no INVITE was sent in this call")?;
        let mut m = Message { first: format!("{method} {} SIP/2.0", invite.uri()), ..Message::default() };
        for name in ["Via", "Route", "From"] {
            m.copy(name, invite);
        }
        m.copy("To", if method == "ACK" { self.last_reply(call).unwrap_or(invite) } else { invite });
        m.add("Call-ID", call);
        m.add("CSeq", format!("{} {method}", invite.cseq()));
        Ok(m)
    }

    /// A request inside a dialog (RFC 3261 12.2.1.1), this phone having called or been called.
    fn in_dialog(&mut self, method: &str, call: &str) -> Result<Message, String> {
        let via = self.new_via();
        let d = self.dialog(call)?;
        let cseq = match (method, self.own_invite(call)) {
            ("ACK", Some(invite)) => invite.cseq(),
            _ => self.next_cseq(call),
        };
        let mut m = Message { first: format!("{method} {} SIP/2.0", d.target), ..Message::default() };
        m.add("Via", via);
        for route in d.routes {
            m.add("Route", route);
        }
        m.add("From", d.own);
        m.add("To", d.peer);
        m.add("Call-ID", call);
        m.add("CSeq", format!("{cseq} {method}"));
        if method == "INVITE" {
            m.add("Contact", self.contact());
        }
        Ok(m)
    }

    /// What the first INVITE of the call and its replies say; the target is the peer's last Contact.
    fn dialog(&self, call: &str) -> Result<Dialog, String> {
        let of_call: Vec<&Entry> = self.log.iter().filter(|e| e.message.call_id() == call).collect();
        let first = of_call.iter().find(|e| e.message.first.starts_with("INVITE ")).ok_or("no dialog")?;
        let called = first.received;
        let invite = &first.message;
        let replies =
            of_call.iter().filter(|e| e.received != called && e.message.code().is_some_and(|c| c > 100));
        let reply = replies.map(|e| &e.message).find(|m| m.header("To").is_some_and(|t| t.contains("tag=")));
        let target = of_call.iter().rev().find_map(|e| e.message.contact_uri().filter(|_| e.received));
        let header = |m: &Message, name: &str| m.header(name).unwrap_or_default().to_owned();
        let (from, to) = (header(invite, "From"), header(reply.unwrap_or(invite), "To"));
        let recorded = |m: &Message| m.all("Record-Route").map(str::to_owned).collect::<Vec<_>>();
        let (own, peer, routes) = match called {
            true => (to, from, recorded(invite)),
            false => (from, to, reply.map(recorded).unwrap_or_default().into_iter().rev().collect()),
        };
        Ok(Dialog { own, peer, target: target.unwrap_or_else(|| invite.uri().to_owned()), routes })
    }
}

/// A dialog as one side sees it.
struct Dialog {
    own: String,
    peer: String,
    target: String,
    routes: Vec<String>,
}
