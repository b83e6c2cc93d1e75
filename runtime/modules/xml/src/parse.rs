//! Text to tree: well-formed XML 1.0 in UTF-8. A document type may be named, but not defined here, so that no
//! entity can blow a document up.

use crate::tree::{Attribute, Declaration, Document, Element, Node};

/// Elements within elements beyond this are refused.
const DEPTH_MAX: usize = 256;

/// Why a text is no document.
pub(crate) type Fault = &'static str;

/// A document.
pub(crate) fn document(text: &[u8]) -> Result<Document, Fault> {
    let text = std::str::from_utf8(text).map_err(|_| "it is no UTF-8")?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut parser = Parser { rest: &lines, spaces: Vec::new(), depth: 0 };
    let declaration = parser.declaration()?;
    let nodes = parser.top()?;
    Ok(Document { declaration, nodes, bytes: text.len() })
}

struct Parser<'a> {
    rest: &'a str,
    /// Prefixes that are declared, the innermost last.
    spaces: Vec<String>,
    depth: usize,
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | ':')
}

fn is_name(c: char) -> bool {
    is_name_start(c) || c.is_numeric() || matches!(c, '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}')
}

/// Whether a text is the name of an element or attribute.
pub(crate) fn is_full_name(text: &str) -> bool {
    text.starts_with(is_name_start) && text.chars().all(is_name)
}

/// Whether XML allows a character at all.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..) && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Whether XML allows all characters of a text.
pub(crate) fn is_text(text: &str) -> bool {
    text.chars().all(is_char)
}

impl<'a> Parser<'a> {
    fn eat(&mut self, text: &str) -> bool {
        let hit = self.rest.strip_prefix(text);
        self.rest = hit.unwrap_or(self.rest);
        hit.is_some()
    }

    fn expect(&mut self, text: &str, fault: Fault) -> Result<(), Fault> {
        if self.eat(text) { Ok(()) } else { Err(fault) }
    }

    /// Skips blanks; whether there were some.
    fn skip(&mut self) -> bool {
        let rest = self.rest.trim_start_matches([' ', '\t', '\n']);
        let some = rest.len() < self.rest.len();
        self.rest = rest;
        some
    }

    /// What stands before a text, which is skipped.
    fn until(&mut self, end: &str, fault: Fault) -> Result<&'a str, Fault> {
        let (before, behind) = self.rest.split_once(end).ok_or(fault)?;
        self.rest = behind;
        if is_text(before) { Ok(before) } else { Err("a character is not allowed") }
    }

    fn name(&mut self) -> Result<&'a str, Fault> {
        let end = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if !name.starts_with(is_name_start) {
            return Err("a name is missing");
        }
        self.rest = rest;
        Ok(name)
    }

    /// `<?xml …?>`
    fn declaration(&mut self) -> Result<Declaration, Fault> {
        let mut found = Declaration::default();
        if !self.rest.starts_with("<?xml") || self.rest[5..].starts_with(is_name) {
            return Ok(found);
        }
        self.rest = &self.rest[5..];
        loop {
            self.skip();
            if self.eat("?>") {
                break;
            }
            let (name, value) = (self.name()?, String::new());
            let value = self.attribute_value().map_or(value, |v| v);
            match name {
                "version" => found.version = Some(value),
                "encoding" => found.encoding = Some(value),
                "standalone" => found.standalone = Some(value),
                _ => return Err("the declaration has something unknown"),
            }
        }
        let known = |e: &str| ["utf-8", "utf8", "us-ascii", "ascii"].contains(&&*e.to_ascii_lowercase());
        match (&found.version, &found.encoding) {
            (None, _) => Err("the declaration has no version"),
            (_, Some(encoding)) if !known(encoding) => Err("only UTF-8 is known here"),
            _ => Ok(found),
        }
    }

    /// The root and what stands around it.
    fn top(&mut self) -> Result<Vec<Node>, Fault> {
        let mut nodes = Vec::new();
        let mut roots = 0;
        loop {
            self.skip();
            if self.rest.is_empty() {
                break;
            }
            let node = match self.raw()? {
                Some(raw) => raw,
                None if self.rest.starts_with("<!DOCTYPE") && roots == 0 => self.document_type()?,
                None if self.rest.starts_with('<') && roots == 0 => {
                    roots += 1;
                    Node::Element(self.element()?)
                }
                None => return Err("there is something beside the root"),
            };
            nodes.push(node);
        }
        if roots == 1 { Ok(nodes) } else { Err("there is no root") }
    }

    /// A comment or processing instruction.
    fn raw(&mut self) -> Result<Option<Node>, Fault> {
        if self.eat("<!--") {
            let text = self.until("--", "a comment does not end")?;
            self.expect(">", "`--` stands in a comment")?;
            return Ok(Some(Node::Raw(format!("<!--{text}-->"))));
        }
        if !self.eat("<?") {
            return Ok(None);
        }
        let target = self.name()?;
        if target.eq_ignore_ascii_case("xml") {
            return Err("the declaration does not stand at the start");
        }
        let text = self.until("?>", "an instruction does not end")?;
        Ok(Some(Node::Raw(format!("<?{target}{text}?>"))))
    }

    fn document_type(&mut self) -> Result<Node, Fault> {
        let text = self.until(">", "the document type does not end")?;
        if text.contains('[') {
            return Err("a document type cannot be defined here");
        }
        Ok(Node::Raw(format!("{text}>")))
    }

    /// From `<` on.
    fn element(&mut self) -> Result<Element, Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("elements are nested too deep");
        }
        self.rest = &self.rest[1..];
        let mut element = Element { name: self.name()?.to_owned(), ..Element::default() };
        let outside = self.spaces.len();
        let closed = self.attributes(&mut element)?;
        if !closed {
            self.children(&mut element)?;
        }
        self.spaces.truncate(outside);
        self.depth -= 1;
        Ok(element)
    }

    /// Up to the end of the tag; whether that ends the element, too.
    fn attributes(&mut self, element: &mut Element) -> Result<bool, Fault> {
        let closed = loop {
            let blanks = self.skip();
            if self.eat("/>") {
                break true;
            }
            if self.eat(">") {
                break false;
            }
            if !blanks {
                return Err("a tag does not end");
            }
            let name = self.name()?.to_owned();
            let value = self.attribute_value()?;
            let list = match name.strip_prefix("xmlns") {
                Some(rest) if rest.is_empty() || rest.starts_with(':') => {
                    self.spaces.push(rest.trim_start_matches(':').to_owned());
                    &mut element.spaces
                }
                _ => &mut element.attributes,
            };
            if list.iter().any(|a| a.name == name) {
                return Err("an attribute stands there twice");
            }
            list.push(Attribute { name, prefix: 0, value });
        };
        for attribute in &mut element.attributes {
            let prefix = attribute.name.split_once(':').map_or("", |(prefix, _)| prefix);
            if prefix == "xml" || !prefix.is_empty() && self.spaces.iter().any(|s| s == prefix) {
                attribute.prefix = prefix.len() + 1;
            }
        }
        Ok(closed)
    }

    /// `= "value"`
    fn attribute_value(&mut self) -> Result<String, Fault> {
        self.skip();
        self.expect("=", "an attribute has no value")?;
        self.skip();
        let quote = if self.eat("\"") { "\"" } else { "'" };
        if quote == "'" {
            self.expect("'", "a value has no quotes")?;
        }
        let raw = self.until(quote, "a value does not end")?;
        if raw.contains('<') {
            return Err("`<` stands in a value");
        }
        unescaped(&raw.replace(['\n', '\t'], " "))
    }

    fn children(&mut self, element: &mut Element) -> Result<(), Fault> {
        loop {
            if self.rest.starts_with("</") {
                self.rest = &self.rest[2..];
                if self.name()? != element.name {
                    return Err("tags do not match");
                }
                self.skip();
                return self.expect(">", "a tag does not end");
            }
            if self.eat("<![CDATA[") {
                let text = self.until("]]>", "a CDATA section does not end")?;
                element.children.push(Node::CData(text.to_owned()));
            } else if let Some(raw) = self.raw()? {
                element.children.push(raw);
            } else if self.rest.starts_with('<') {
                let child = self.element()?;
                element.children.push(Node::Element(child));
            } else {
                let end = self.rest.find('<').ok_or("an element does not end")?;
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                if text.contains("]]>") || !is_text(text) {
                    return Err("a text has what is not allowed in it");
                }
                element.children.push(Node::Text(unescaped(text)?));
            }
        }
    }
}

/// A text with its references replaced.
fn unescaped(text: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        let (name, behind) = behind.split_once(';').ok_or("a reference does not end")?;
        out.push_str(before);
        out.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            name => character(name).ok_or("a reference is not known")?,
        });
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

/// `#233`, `#xe9`
fn character(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let (digits, base) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    let digits = Some(digits).filter(|d| d.chars().all(|c| c.is_ascii_hexdigit()))?;
    char::from_u32(u32::from_str_radix(digits, base).ok()?).filter(|c| is_char(*c))
}
