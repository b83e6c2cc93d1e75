//! Media streams: finding, removing, on hold or not.

use sipc_engine::Context;
use sipc_engine::regex::Regex;

use crate::codecs::formats;
use crate::result;
use crate::sdp::{Media, streams};

/// Whether there is a media stream of a kind, with a transport if given.
pub fn stream_exists(cx: &mut Context, media: &Regex, transport: Option<&Regex>) -> i32 {
    result(find(cx, media, transport).is_some())
}

/// Removes a media stream of a kind: the last one in the description.
pub fn stream_delete(cx: &mut Context, media: &Regex, transport: Option<&Regex>) -> i32 {
    let Some(found) = find(cx, media, transport) else { return -1 };
    if formats(cx, &found).is_empty() || cx.edits.body().is_some() {
        return -1;
    }
    cx.edits.delete(found.range.clone());
    // what tells the codec functions that it is gone
    cx.edits.replace_again(found.formats, "");
    1
}

fn find(cx: &Context, media: &Regex, transport: Option<&Regex>) -> Option<Media> {
    let is = |m: &Media| media.is_match(&m.kind) && transport.is_none_or(|t| t.is_match(&m.transport));
    streams(cx)?.into_iter().find(is)
}

/// Whether an audio stream is on hold: inactive, sendonly, or with the address 0.0.0.0.
pub fn is_audio_on_hold(cx: &mut Context) -> i32 {
    let held = |m: &Media| &m.kind[..] == b"audio" && m.on_hold;
    result(streams(cx).is_some_and(|all| all.iter().any(held)))
}
