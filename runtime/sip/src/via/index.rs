//! Where the parts of a Via are: a message reads its top Via once, and everybody who asks for it gets a view made from this.

use super::{KnownParam, Via, ViaParams, read};
use crate::chars::{part, same_name};
use crate::cursor::Cursor;
use crate::error::BadValue;
use crate::params::Params;
use crate::transport::Transport;

/// A part of a header value. Values that are longer than such a number are not read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Place {
    #[inline]
    pub(super) fn new(start: usize, end: usize) -> Place {
        Place { start: start as u32, end: end as u32 }
    }

    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.start == self.end
    }

    #[inline(always)]
    pub(super) fn view(self, value: &[u8]) -> &[u8] {
        part(value, self.start as usize, self.end as usize)
    }
}

/// Where a known parameter is. Nothing can stand at the beginning of a Via but its protocol, so a place that ends there is
/// none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    pub(super) whole: Place,
    pub(super) value: Place,
}

impl Known {
    #[inline(always)]
    fn view<'a>(&self, value: &'a [u8]) -> Option<KnownParam<'a>> {
        if self.whole.end == 0 {
            return None;
        }
        let text = self.value.view(value);
        Some(KnownParam { value: (self.value.end != 0).then_some(text), whole: self.whole.view(value) })
    }
}

/// Where the parts of one Via of a header value are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ViaIndex {
    pub(super) whole: Place,
    pub(super) with_comma: Place,
    pub(super) transport: Option<Transport>,
    pub(super) transport_text: Place,
    pub(super) host: Place,
    pub(super) port: Option<u16>,
    pub(super) port_text: Place,
    pub(super) params: Place,
    pub(super) comment: Place,
    /// In the order of [`ViaParams`].
    known: [Known; 7],
}

impl ViaIndex {
    /// Reads the first Via of a header value.
    pub(crate) fn read(value: &[u8]) -> Result<ViaIndex, BadValue> {
        read::read(&mut Cursor::new(value))
    }

    /// Whether all of a header value can be read.
    pub(crate) fn reads_all(value: &[u8]) -> bool {
        let mut cursor = Cursor::new(value);
        loop {
            match read::read(&mut cursor) {
                Ok(_) if cursor.done() => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }

    /// The place of the parameter that `text` begins with, and the length of its name, when it is one that nearly all write
    /// and written as they do: a name and `=`, or `rport` alone.
    #[inline]
    pub(super) fn usual(&mut self, text: &[u8]) -> Option<(&mut Known, usize)> {
        let [branch, received, rport, ..] = &mut self.known;
        if text.starts_with(b"branch=") {
            return Some((branch, b"branch".len()));
        }
        if let Some(behind) = text.strip_prefix(b"rport") {
            return matches!(behind, [] | [b'=' | b';', ..]).then_some((rport, b"rport".len()));
        }
        text.starts_with(b"received=").then_some((received, b"received".len()))
    }

    /// The place of the known parameter of that name.
    #[inline]
    pub(super) fn known(&mut self, name: &[u8]) -> Option<&mut Known> {
        let is = |known: &[u8]| same_name(name, known);
        let [branch, received, rport, maddr, alias, oc, i] = &mut self.known;
        match name {
            b"branch" => Some(branch),
            b"rport" => Some(rport),
            b"received" => Some(received),
            [b'i' | b'I'] => Some(i),
            [_, _] if is(b"oc") => Some(oc),
            [b'r' | b'R', _, _, _, _] if is(b"rport") => Some(rport),
            [b'm' | b'M', _, _, _, _] if is(b"maddr") => Some(maddr),
            [b'a' | b'A', _, _, _, _] if is(b"alias") => Some(alias),
            [_, _, _, _, _, _] if is(b"branch") => Some(branch),
            [_, _, _, _, _, _, _, _] if is(b"received") => Some(received),
            _ => None,
        }
    }

    /// The Via, from the value that was read. In line with what is asked of it: the rest is not put together.
    #[inline(always)]
    pub(crate) fn view<'a>(&self, value: &'a [u8]) -> Via<'a> {
        let [branch, received, rport, maddr, alias, oc, i] = &self.known;
        Via {
            whole: self.whole.view(value),
            with_comma: self.with_comma.view(value),
            transport: self.transport,
            transport_text: self.transport_text.view(value),
            host_text: self.host.view(value),
            port: self.port,
            port_text: self.port_text.view(value),
            params: Params::of_header(self.params.view(value)),
            comment: self.comment.view(value),
            known: ViaParams {
                branch: branch.view(value),
                received: received.view(value),
                rport: rport.view(value),
                maddr: maddr.view(value),
                alias: alias.view(value),
                oc: oc.view(value),
                i: i.view(value),
            },
        }
    }

    /// Whether no other Via follows in the same header.
    #[inline]
    pub(crate) fn is_alone(&self) -> bool {
        self.with_comma.end == self.whole.end
    }
}
