//! A SIP message as lines. It knows nothing of SIP's grammar beyond what phones in tests need.

/// One message.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// Request line or status line.
    pub first: String,
    /// Header lines: name and value as written.
    pub headers: Vec<(String, String)>,
    /// What follows the empty line.
    pub body: String,
}

impl Message {
    /// Reads a message; anything has some reading.
    pub fn parse(bytes: &[u8]) -> Message {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut lines = head.split("\r\n");
        let first = lines.next().unwrap_or_default().to_owned();
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.trim().to_owned(), value.trim().to_owned())
        };
        Message { first, headers: lines.map(header).collect(), body: body.to_owned() }
    }

    /// The message as sent; Content-Length is added when it is not there.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.first);
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if self.header("Content-Length").is_none() {
            text += &format!("Content-Length: {}\r\n", self.body.len());
        }
        (text + "\r\n" + &self.body).into_bytes()
    }

    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All headers of a name.
    pub fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = &str> {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Adds a header at the end.
    pub fn add(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Adds all headers of that name of another message.
    pub fn copy(&mut self, name: &str, from: &Message) {
        for value in from.all(name) {
            self.add(name, value);
        }
    }

    /// Removes all headers of a name.
    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    /// The status code; `None` for a request.
    pub fn code(&self) -> Option<u16> {
        self.first.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    /// The method: of the request line, or for a reply that of the CSeq.
    pub fn method(&self) -> &str {
        match self.code() {
            None => self.first.split(' ').next().unwrap_or_default(),
            Some(_) => self.header("CSeq").and_then(|c| c.split(' ').nth(1)).unwrap_or_default(),
        }
    }

    /// The request URI.
    pub fn uri(&self) -> &str {
        self.first.split(' ').nth(1).unwrap_or_default()
    }

    /// The number in the CSeq.
    pub fn cseq(&self) -> u32 {
        self.header("CSeq").and_then(|c| c.split(' ').next()?.parse().ok()).unwrap_or(0)
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        self.header("Call-ID").unwrap_or_default()
    }

    /// The URI of the first Contact.
    pub fn contact_uri(&self) -> Option<String> {
        let contact = self.header("Contact")?;
        Some(
            contact
                .split_once('<')
                .and_then(|(_, r)| r.split_once('>'))
                .map_or(contact, |(u, _)| u)
                .to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn what_was_read_can_be_written() {
        let text = "BYE sip:bob@b SIP/2.0\r\nCSeq: 7 BYE\r\nContact: \"B\" <sip:b@h>;q=1\r\nContent-Length: 2\r\n\r\nhi";
        let m = Message::parse(text.as_bytes());
        assert_eq!((m.method(), m.uri(), m.cseq()), ("BYE", "sip:bob@b", 7));
        assert_eq!(m.contact_uri().as_deref(), Some("sip:b@h"));
        assert_eq!(m.to_bytes(), text.as_bytes());
    }
}
