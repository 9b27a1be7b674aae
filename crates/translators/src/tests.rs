//! What several test modules need.

use cliproxy_sse::{Frame, Framer};

/// All frames of a stream, which arrives in one piece.
pub(crate) fn frames(stream: &str) -> Vec<Frame> {
    split_frames(stream.as_bytes(), &[])
}

/// All frames of a stream that is cut at some places.
pub(crate) fn split_frames(stream: &[u8], cuts: &[usize]) -> Vec<Frame> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    cuts.push(stream.len());
    cuts.sort_unstable();
    let mut framer = Framer::new(1 << 20);
    let (mut frames, mut from) = (Vec::new(), 0);
    for cut in cuts {
        framer.push(stream[from..cut].to_vec().into());
        from = cut;
        while let Some(frame) = framer.next_frame().unwrap() {
            frames.push(frame);
        }
    }
    frames.extend(framer.finish());
    frames
}

/// A stream of one frame.
#[track_caller]
pub(crate) fn frame(text: &str) -> Frame {
    let mut frames = frames(text);
    assert_eq!(frames.len(), 1, "{text:?}");
    frames.remove(0)
}
