//! Where the parts of a Via are: a message reads its top Via once, and everybody who asks for it gets a view made from this.

use super::{KnownParam, Via, ViaParams};
use crate::chars::part;
use crate::params::Params;
use crate::transport::Transport;

/// A part of a header value.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    start: u16,
    end: u16,
}

impl Place {
    /// An empty part has no place. `value` has at most `u16::MAX` bytes, see [`ViaIndex::of`].
    fn of(inner: &[u8], value: &[u8]) -> Place {
        if inner.is_empty() {
            return Place::default();
        }
        let start = (inner.as_ptr() as usize).saturating_sub(value.as_ptr() as usize);
        Place { start: start as u16, end: (start + inner.len()) as u16 }
    }

    fn view(self, value: &[u8]) -> &[u8] {
        part(value, self.start.into(), self.end.into())
    }
}

/// Where a known parameter is, if it is there.
#[derive(Debug, Clone, Copy)]
struct Known {
    value: Option<Place>,
    whole: Place,
}

impl Known {
    fn view(self, value: &[u8]) -> KnownParam<'_> {
        KnownParam { value: self.value.map(|place| place.view(value)), whole: self.whole.view(value) }
    }
}

/// Where the parts of the first Via of a header value are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ViaIndex {
    whole: Place,
    with_comma: Place,
    transport: Option<Transport>,
    transport_text: Place,
    host: Place,
    port: Option<u16>,
    port_text: Place,
    params: Place,
    comment: Place,
    /// In the order of [`ViaParams`].
    known: [Option<Known>; 7],
}

impl ViaIndex {
    /// Of a Via that was read from the beginning of `value`; `None` when that is too long for it.
    pub(crate) fn of(via: &Via<'_>, value: &[u8]) -> Option<ViaIndex> {
        u16::try_from(value.len()).ok()?;
        let place = |inner: &[u8]| Place::of(inner, value);
        let k = &via.known;
        let known = [k.branch, k.received, k.rport, k.maddr, k.alias, k.oc, k.i];
        Some(ViaIndex {
            whole: place(via.whole),
            with_comma: place(via.with_comma),
            transport: via.transport,
            transport_text: place(via.transport_text),
            host: place(via.host_text),
            port: via.port,
            port_text: place(via.port_text),
            params: place(via.params.text()),
            comment: place(via.comment),
            known: known
                .map(|param| param.map(|p| Known { value: p.value.map(place), whole: place(p.whole) })),
        })
    }

    /// The Via again, from the value that it was made of.
    pub(crate) fn view<'a>(&self, value: &'a [u8]) -> Via<'a> {
        let [branch, received, rport, maddr, alias, oc, i] =
            self.known.map(|known| known.map(|known| known.view(value)));
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
            known: ViaParams { branch, received, rport, maddr, alias, oc, i },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_what_was_read() {
        for text in [
            "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx;rport;received=192.0.2.9",
            " SIP / 2.0 / TCP [2001:db8::1] ; i=4a;alias;oc;maddr=h (a comment) , SIP/2.0/UDP b",
            "SIP/2.0/NEW host;a=\"q\"",
        ] {
            let value = text.as_bytes();
            let read = Via::parse(value).expect("a Via");
            let view = ViaIndex::of(&read, value).expect("short").view(value);
            assert_eq!(format!("{view:?}"), format!("{read:?}"));
        }
    }

    #[test]
    fn what_is_too_long_has_no_index() {
        let text = format!("SIP/2.0/UDP h;a={}", "x".repeat(70_000));
        let via = Via::parse(text.as_bytes()).expect("a Via");
        assert!(ViaIndex::of(&via, text.as_bytes()).is_none());
    }
}
