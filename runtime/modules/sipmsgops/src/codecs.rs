//! Codecs of media streams: finding, removing, reordering.
//!
//! The payload types of a stream's `m=` line are one edit; functions called later work on what earlier
//! ones left of it. A stream without any left gets port 0: it is refused (RFC 3264 section 6).

use std::ops::Range;

use sipc_engine::log::Level;
use sipc_engine::regex::Regex;
use sipc_engine::{Context, Text};
use sipc_sip::Insert;

use crate::result;
use crate::sdp::{Codec, Media, streams};

/// Payload types that have a meaning without `rtpmap` (RFC 3551 section 6), and fax.
const STATIC: &[(&[u8], &[u8], &[u8])] = &[
    (b"0", b"PCMU", b"8000"),
    (b"3", b"GSM", b"8000"),
    (b"4", b"G723", b"8000"),
    (b"5", b"DVI4", b"8000"),
    (b"6", b"DVI4", b"16000"),
    (b"7", b"LPC", b"8000"),
    (b"8", b"PCMA", b"8000"),
    (b"9", b"G722", b"8000"),
    (b"10", b"L16", b"44100"),
    (b"11", b"L16", b"44100"),
    (b"12", b"QCELP", b"8000"),
    (b"13", b"CN", b"8000"),
    (b"14", b"MPA", b"90000"),
    (b"15", b"G728", b"8000"),
    (b"16", b"DVI4", b"11025"),
    (b"17", b"DVI4", b"22050"),
    (b"18", b"G729", b"8000"),
    (b"25", b"CelB", b"90000"),
    (b"26", b"JPEG", b"90000"),
    (b"28", b"nv", b"90000"),
    (b"31", b"H261", b"90000"),
    (b"32", b"MPV", b"90000"),
    (b"33", b"MP2T", b"90000"),
    (b"34", b"H263", b"90000"),
    (b"t38", b"t38", b""),
];

/// Which codecs are meant.
enum Which<'a> {
    Named(Text, Option<Text>),
    Matching(&'a Regex),
    NotMatching(&'a Regex),
}

impl Which<'_> {
    fn is(&self, name: &[u8], clock: &[u8]) -> bool {
        match self {
            Which::Named(wanted, rate) => {
                let same = |a: &[u8], b: &[u8]| a.eq_ignore_ascii_case(b);
                same(wanted, name) && rate.as_ref().is_none_or(|r| same(r, clock))
            }
            Which::Matching(names) => names.is_match(name),
            Which::NotMatching(names) => !names.is_match(name),
        }
    }
}

/// What is done with them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Find,
    Remove,
    First,
    Last,
}

/// Whether a media stream has a codec. The clock rate is not looked at.
pub fn codec_exists(cx: &mut Context, name: Text, _clock: Option<Text>) -> i32 {
    each(cx, &Which::Named(name, None), Action::Find)
}

/// Whether a media stream has a codec whose name matches.
pub fn codec_exists_re(cx: &mut Context, names: &Regex) -> i32 {
    each(cx, &Which::Matching(names), Action::Find)
}

/// Removes a codec from all media streams.
pub fn codec_delete(cx: &mut Context, name: Text, clock: Option<Text>) -> i32 {
    each(cx, &Which::Named(name, clock), Action::Remove)
}

/// Removes codecs whose names match.
pub fn codec_delete_re(cx: &mut Context, names: &Regex) -> i32 {
    each(cx, &Which::Matching(names), Action::Remove)
}

/// Removes codecs whose names do not match.
pub fn codec_delete_except_re(cx: &mut Context, names: &Regex) -> i32 {
    each(cx, &Which::NotMatching(names), Action::Remove)
}

/// Makes a codec the first of its media stream.
pub fn codec_move_up(cx: &mut Context, name: Text, clock: Option<Text>) -> i32 {
    each(cx, &Which::Named(name, clock), Action::First)
}

/// Makes codecs whose names match the first of their media streams.
pub fn codec_move_up_re(cx: &mut Context, names: &Regex) -> i32 {
    each(cx, &Which::Matching(names), Action::First)
}

/// Makes a codec the last of its media stream.
pub fn codec_move_down(cx: &mut Context, name: Text, clock: Option<Text>) -> i32 {
    each(cx, &Which::Named(name, clock), Action::Last)
}

/// Makes codecs whose names match the last of their media streams.
pub fn codec_move_down_re(cx: &mut Context, names: &Regex) -> i32 {
    each(cx, &Which::Matching(names), Action::Last)
}

fn each(cx: &mut Context, which: &Which<'_>, action: Action) -> i32 {
    if cx.edits.body().is_some() {
        let text = format_args!("the body was replaced: its codecs can no longer be changed");
        cx.log(Level::Error, "sipmsgops", text);
        return -1;
    }
    let Some(streams) = streams(cx) else { return -1 };
    let mut found = false;
    for media in &streams {
        found |= in_stream(cx, media, which, action);
    }
    result(found)
}

/// The payload types of a stream as they are now; empty when it was removed.
pub(crate) fn formats(cx: &Context, media: &Media) -> Text {
    match cx.edits.replacement(&media.formats) {
        Some(Insert::Text(text)) => text.clone(),
        _ => cx.message.bytes().slice(media.formats.clone()),
    }
}

fn in_stream(cx: &mut Context, media: &Media, which: &Which<'_>, action: Action) -> bool {
    let text = formats(cx, media);
    let mut left: Vec<&[u8]> = text.split(|c| *c == b' ').filter(|w| !w.is_empty()).collect();
    let mut taken: Vec<&[u8]> = Vec::new();
    for codec in &media.codecs {
        if !codec.name.as_ref().is_some_and(|(name, clock)| which.is(name, clock)) {
            continue;
        }
        let Some(number) = left.iter().position(|n| *n == codec.number) else { continue };
        taken.push(left.remove(number));
        if action == Action::Remove {
            remove_lines(cx, &codec.lines);
            remove_linked(cx, media, codec, &mut left);
        }
    }
    for (number, ..) in STATIC.iter().filter(|(_, name, clock)| which.is(name, clock)) {
        if let Some(at) = left.iter().position(|n| n == number) {
            taken.push(left.remove(at));
        }
    }
    if taken.is_empty() || action == Action::Find {
        return !taken.is_empty();
    }
    let order = match action {
        Action::First => [taken, left].concat(),
        Action::Last => [left, taken].concat(),
        Action::Find | Action::Remove => left,
    };
    let refused = order.is_empty();
    let text: Vec<u8> = order.iter().flat_map(|n| [b" ", *n].concat()).collect();
    cx.edits.replace_again(media.formats.clone(), text);
    if refused {
        cx.edits.replace_again(media.port.clone(), " 0 ");
    }
    true
}

/// A codec that only goes with another goes along with it.
fn remove_linked(cx: &mut Context, media: &Media, codec: &Codec, left: &mut Vec<&[u8]>) {
    let Some(linked) = &codec.linked else { return };
    if let Some(linked) = media.codecs.iter().find(|c| c.number == linked) {
        remove_lines(cx, &linked.lines);
    }
    left.retain(|n| *n != linked);
}

fn remove_lines(cx: &mut Context, lines: &[Range<usize>]) {
    for line in lines {
        cx.edits.delete(line.clone());
    }
}
