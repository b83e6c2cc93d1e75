//! Bodies: one part or several ([`multipart`]), and session descriptions ([`sdp`]).

pub mod multipart;
pub mod sdp;

use bytes::Bytes;

use crate::message::Message;
use crate::values::MediaType;
use multipart::{Part, Parts};

impl Message {
    /// The parts of the body: those of a multipart body, else the body itself. None when there is no
    /// body or no Content-Type.
    pub fn body_parts<'a>(&'a self, body: &'a Bytes) -> Parts<'a> {
        match self.content_type() {
            Some(kind) if !body.is_empty() => match kind.boundary() {
                Some(boundary) if kind.is(b"multipart", b"*") => Parts::new(body, boundary),
                _ => Parts::single(Part::bare(kind, body)),
            },
            _ => Parts::none(),
        }
    }

    /// The parts of the body, numbered as [`crate::Edits::remove_part`] counts them. A body without
    /// Content-Type is one part.
    pub fn parts<'a>(&'a self, body: &'a Bytes) -> Vec<Part<'a>> {
        let parts: Vec<Part<'a>> = self.body_parts(body).collect();
        match parts.is_empty() && !body.is_empty() {
            true => vec![Part { kind: None, headers: b"", content: body, whole: body }],
            false => parts,
        }
    }

    /// The first part of the body with that type, as `Bytes` that share the message.
    pub fn body_of_type(&self, main: &[u8], sub: &[u8]) -> Option<Bytes> {
        let body = self.body();
        let part = self.body_parts(&body).find(|p| p.kind.is_some_and(|k: MediaType<'_>| k.is(main, sub)))?;
        Some(self.share(part.content))
    }

    /// The first session description in the body.
    pub fn sdp(&self) -> Option<Bytes> {
        self.body_of_type(b"application", b"sdp")
    }
}
