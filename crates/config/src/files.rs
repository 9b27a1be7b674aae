//! Reading the files that a configuration consists of.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

/// The content of a file of at most `most` bytes, which `limit` says in words.
pub(crate) fn read(path: &Path, most: u64, limit: &str) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let read = File::open(path)?.take(most + 1).read_to_end(&mut content)?;
    if read as u64 > most {
        return Err(io::Error::other(format!("larger than {limit}")));
    }
    Ok(content)
}

/// Like [`read`], for text.
pub(crate) fn read_text(path: &Path, most: u64, limit: &str) -> io::Result<String> {
    String::from_utf8(read(path, most, limit)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"))
}

/// Whether a file can be opened for reading. A directory can, but there is nothing to read.
pub(crate) fn probe(path: &Path) -> io::Result<()> {
    if File::open(path)?.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(())
}
