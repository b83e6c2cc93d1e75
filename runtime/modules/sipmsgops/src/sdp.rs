//! The media streams of all session descriptions in the body, as OpenSIPS reads them: in reverse, the
//! last stream of a description first, and none at all when one of them is broken.

use std::collections::HashMap;
use std::ops::Range;

use sipc_engine::log::Level;
use sipc_engine::{Context, Text};
use sipc_sip::Message;
use sipc_sip::body::sdp::{Sdp, Section, Stream};

/// More streams than this are refused.
const STREAMS_MAX: usize = 64;

/// The address that a stream on hold had before RFC 3264.
const HOLD: &[u8] = b"0.0.0.0";

/// One media stream, by where its parts are in the message.
pub(crate) struct Media {
    /// `audio`, `video` …
    pub(crate) kind: Text,
    /// `RTP/AVP` …
    pub(crate) transport: Text,
    /// Its lines.
    pub(crate) range: Range<usize>,
    /// The port with one blank on each side.
    pub(crate) port: Range<usize>,
    /// The payload types, with the blanks before them.
    pub(crate) formats: Range<usize>,
    /// The codecs that are described, the last payload type first.
    pub(crate) codecs: Vec<Codec>,
    /// Whether nothing is sent to the other side.
    pub(crate) on_hold: bool,
}

/// A codec of a stream: a payload type with a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Codec {
    /// The payload type.
    pub(crate) number: Text,
    /// Its name and its clock rate; `None` without `rtpmap`.
    pub(crate) name: Option<(Text, Text)>,
    /// The lines about it, in the message.
    pub(crate) lines: Vec<Range<usize>>,
    /// The payload type of the codec that goes with it: retransmissions name theirs with `apt=`.
    pub(crate) linked: Option<Text>,
}

/// All streams; `None` without a session description that can be read.
pub(crate) fn streams(cx: &Context) -> Option<Vec<Media>> {
    let message = &cx.message;
    let body = message.body();
    let mut all = Vec::new();
    let mut found = false;
    let is_sdp = |kind: sipc_sip::MediaType<'_>| kind.is(b"application", b"sdp");
    for part in message.body_parts(&body).filter(|p| p.kind.is_some_and(is_sdp)) {
        let read = read(message, part.content);
        if read.is_none() {
            cx.log(Level::Error, "parse_sdp", format_args!("the session description cannot be read"));
        }
        all.extend(read?);
        found = true;
    }
    (found && all.len() <= STREAMS_MAX).then_some(all)
}

fn read(message: &Message, text: &[u8]) -> Option<Vec<Media>> {
    let sdp = Sdp::new(text);
    if sdp.lines().next()?.letter != b'v' || sdp.session().line(b'o').is_none() {
        return None;
    }
    let session = address(&sdp.session());
    let media: Option<Vec<Media>> = sdp.streams().map(|s| Media::read(message, &s, session)).collect();
    let mut media = media.filter(|m| !m.is_empty())?;
    media.reverse();
    Some(media)
}

/// The address of a section, if its `c=` line has one.
fn address<'a>(section: &Section<'a>) -> Option<&'a [u8]> {
    let line = section.line(b'c')?;
    let mut words = line.value.split(|c| *c == b' ').filter(|w| !w.is_empty());
    words.find(|w| matches!(*w, b"IP4" | b"IP6"))?;
    words.next()
}

impl Media {
    fn read(message: &Message, stream: &Stream<'_>, session: Option<&[u8]>) -> Option<Media> {
        let has_own = stream.section.line(b'c').is_some();
        let address = if has_own { Some(address(&stream.section)?) } else { session };
        address?;
        let line = message.range_of(stream.line.value)?;
        let kind = message.range_of(stream.media)?;
        let transport = message.range_of(stream.protocol).filter(|t| !t.is_empty())?;
        let rest = message.bytes().get(kind.end..transport.start)?;
        let blanks = rest.iter().take_while(|c| **c == b' ').count();
        let port = rest.trim_ascii();
        let port_start = kind.end + blanks;
        if port.is_empty() || blanks == 0 {
            return None;
        }
        let formats_end = match stream.formats {
            b"" => transport.end,
            formats => message.range_of(formats)?.end.min(line.end),
        };
        let directions: [&[u8]; 2] = [b"inactive", b"sendonly"];
        let held = directions.iter().any(|d| stream.section.attribute(d).is_some());
        Some(Media {
            kind: message.share(stream.media),
            transport: message.share(stream.protocol),
            range: message.range_of(stream.section.text())?,
            port: port_start - 1..port_start + port.len() + 1,
            formats: transport.end..formats_end,
            codecs: codecs(message, stream),
            on_hold: held || address == Some(HOLD),
        })
    }
}

/// The payload types of a stream with what its attributes say about them, the last first.
fn codecs(message: &Message, stream: &Stream<'_>) -> Vec<Codec> {
    let mut codecs: Vec<Codec> =
        stream.formats().map(|f| Codec { number: message.share(f), ..Codec::default() }).collect();
    // a stranger may name thousands, and say something about each
    let mut places = HashMap::new();
    stream.formats().enumerate().for_each(|(at, number)| _ = places.entry(number).or_insert(at));
    for line in stream.section.lines().filter(|l| l.letter == b'a') {
        let Some((name, number, value)) = attribute(line.value) else { continue };
        let Some(codec) = places.get(number).and_then(|at| codecs.get_mut(*at)) else { continue };
        if name.eq_ignore_ascii_case(b"rtpmap") {
            let mut parts = value.split(|c| *c == b'/');
            if let (Some(encoding), Some(clock)) = (parts.next(), parts.next()) {
                codec.name = Some((message.share(encoding), message.share(clock)));
            }
        }
        if name.eq_ignore_ascii_case(b"fmtp") {
            codec.linked = apt(value).map(|number| message.share(number));
        }
        if let Some(whole) = message.range_of(line.whole) {
            codec.lines.push(whole.start..whole.start + (line.end - line.start));
        }
    }
    // the codec that is named by another one's apt= takes that other one along
    let mut links = HashMap::new();
    for codec in &mut codecs {
        if let Some(of) = codec.linked.take() {
            links.entry(of).or_insert_with(|| codec.number.clone());
        }
    }
    codecs.iter_mut().for_each(|codec| codec.linked = links.get(&codec.number).cloned());
    codecs.reverse();
    codecs
}

/// `name:number value` of an attribute that is about a payload type.
fn attribute(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let colon = text.iter().position(|c| *c == b':')?;
    let (name, rest) = (text.get(..colon)?, text.get(colon + 1..)?.trim_ascii());
    let blank = rest.iter().position(|c| *c == b' ')?;
    Some((name, rest.get(..blank)?, rest.get(blank..)?.trim_ascii()))
}

/// The payload type that `apt=` names.
fn apt(value: &[u8]) -> Option<&[u8]> {
    let start = value.windows(4).position(|w| w == b"apt=")? + 4;
    value.get(start..)?.split(|c| *c == b';').next().map(<[u8]>::trim_ascii)
}
