//! What is known of a place that is to be watched.

use rustix::fs::statfs;
use std::{os::unix::fs::MetadataExt as _, path::Path, time::SystemTime};

/// The device of a file or directory, its number there, and when it was made: numbers are given out again.
pub(crate) type Identity = (u64, u64, Option<SystemTime>);

pub(crate) fn identity(place: &Path) -> Option<Identity> {
    let found = std::fs::metadata(place).ok()?;
    Some((found.dev(), found.ino(), found.created().ok()))
}

/// File systems whose other users cause no events here, by the number statfs(2) gives.
const REMOTE: [u32; 8] = [
    0x6969,      // NFS
    0x517b,      // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB2
    0x6573_5546, // FUSE: sshfs and its kind
    0x0102_1997, // 9P
    0x00c3_6400, // Ceph
    0x5346_414f, // AFS
];

/// Whether a directory gives no events: it is not there, or others write to it over a network.
pub(crate) fn is_silent(directory: &Path) -> bool {
    statfs(directory).map_or(true, |system| {
        // The width and sign of the field differ between machines; the numbers have 32 bits.
        let kind = u32::try_from(system.f_type & 0xffff_ffff).unwrap_or_default();
        REMOTE.contains(&kind)
    })
}
