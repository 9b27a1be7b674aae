//! Ways to cut an input, which follow from the input alone so that a case repeats.

use bytes::Bytes;

/// The same bytes in chunks: whole, in pieces of one size, and cut at arbitrary places.
pub(crate) fn splits(data: &[u8]) -> impl Iterator<Item = Vec<Bytes>> {
    let sizes = [data.len().max(1), 1, 2, 3, 7, 64];
    let regular = sizes.map(|size| data.chunks(size).map(Bytes::copy_from_slice).collect());
    regular
        .into_iter()
        .chain((1..4).map(|seed| arbitrary(data, seed)))
}

/// Chunks of up to 16 bytes. A multiplicative generator is random enough to meet every boundary.
fn arbitrary(mut data: &[u8], seed: u64) -> Vec<Bytes> {
    let mut state = data
        .iter()
        .fold(seed, |state, &byte| next(state ^ u64::from(byte)));
    let mut chunks = Vec::new();
    while !data.is_empty() {
        state = next(state);
        let size = (state >> 59) as usize / 2 + 1;
        let (chunk, rest) = data.split_at(size.min(data.len()));
        chunks.push(Bytes::copy_from_slice(chunk));
        data = rest;
    }
    chunks
}

const fn next(state: u64) -> u64 {
    state.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
