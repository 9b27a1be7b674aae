//! Sockets: the ones that are listened on, and the connections they give.

use crate::peer::Peer;
use socket2::{SockRef, TcpKeepalive};
use std::{
    fs, io,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

/// After such a silence the system asks the peer whether it is still there, so that one that has
/// vanished does not hold a stream for ever.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// A socket that is listened on.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpListener),
    Unix(UnixSocket),
}

/// A unix socket, whose file goes away with it.
#[derive(Debug)]
pub(crate) struct UnixSocket {
    listener: UnixListener,
    path: PathBuf,
    /// Tells its file from another one of that name. The number is not given away while the socket
    /// is open.
    inode: (u64, u64),
}

/// A connection that belongs to no runtime yet.
#[derive(Debug)]
pub(crate) enum Accepted {
    Tcp(std::net::TcpStream),
    Unix(std::os::unix::net::UnixStream),
}

impl Socket {
    pub(crate) async fn tcp(address: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        // Connections inherit it from the socket they come from.
        let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE);
        if let Err(error) = SockRef::from(&listener).set_tcp_keepalive(&keep_alive) {
            tracing::debug!(%error, "connections have no TCP keep-alive");
        }
        Ok(Self::Tcp(listener))
    }

    /// Listens on `path`, which appears with these permissions. A socket that nobody listens on any
    /// more is replaced, anything else is not.
    pub(crate) async fn unix(path: &Path, mode: u32) -> io::Result<Self> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            // Connecting to a file would be refused as well.
            Ok(found) if !found.file_type().is_socket() => {
                return Err(io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    "there is something else of that name, not a socket",
                ));
            }
            Ok(_) => match UnixStream::connect(path).await {
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(io::Error::new(io::ErrorKind::AddrInUse, error)),
                Ok(_) => return Err(io::ErrorKind::AddrInUse.into()),
            },
        }
        // Under another name until nobody can open it who may not.
        let mut hidden = path.as_os_str().to_owned();
        hidden.push(".new");
        let hidden = PathBuf::from(hidden);
        drop(fs::remove_file(&hidden));
        let listener = UnixListener::bind(&hidden)?;
        let placed = fs::set_permissions(&hidden, fs::Permissions::from_mode(mode))
            .and_then(|()| inode(&hidden))
            .and_then(|inode| fs::rename(&hidden, path).map(|()| inode));
        let inode = placed.inspect_err(|_| drop(fs::remove_file(&hidden)))?;
        Ok(Self::Unix(UnixSocket {
            listener,
            path: path.to_owned(),
            inode,
        }))
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<(Accepted, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // Nagle's algorithm would hold a streamed event back for the peer's delayed ACK.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection keeps Nagle's algorithm");
                }
                Ok((Accepted::Tcp(stream.into_std()?), Peer::tcp(address.ip())))
            }
            Self::Unix(socket) => {
                let (stream, _) = socket.listener.accept().await?;
                Ok((Accepted::Unix(stream.into_std()?), Peer::Local))
            }
        }
    }

    /// Where it listens, for messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Tcp(listener) => match listener.local_addr() {
                Ok(address) => address.to_string(),
                Err(error) => error.to_string(),
            },
            Self::Unix(socket) => socket.path.display().to_string(),
        }
    }
}

impl Drop for UnixSocket {
    fn drop(&mut self) {
        // Whoever has put another in its place keeps that one.
        if inode(&self.path).is_ok_and(|found| found == self.inode) {
            drop(fs::remove_file(&self.path));
        }
    }
}

/// What a file is known by, whatever its name.
fn inode(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|file| (file.dev(), file.ino()))
}

impl Accepted {
    /// The connection as one of the runtime that this runs on.
    pub(crate) fn into_stream(self) -> io::Result<Stream> {
        Ok(match self {
            Self::Tcp(stream) => Stream::Tcp(TcpStream::from_std(stream)?),
            Self::Unix(stream) => Stream::Unix(UnixStream::from_std(stream)?),
        })
    }
}

/// A connection of the current runtime.
#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

#[cfg(test)]
mod tests {
    use super::{Accepted, KEEP_ALIVE, Socket};
    use socket2::SockRef;
    use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};
    use tokio::net::{TcpStream, UnixStream};

    #[tokio::test]
    async fn connections_send_at_once_and_notice_who_vanishes() {
        let socket = Socket::tcp("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(socket.name()).await.unwrap();
        let (Accepted::Tcp(stream), _) = socket.accept().await.unwrap() else {
            panic!("not TCP");
        };
        let stream = SockRef::from(&stream);
        assert!(stream.tcp_nodelay().unwrap());
        assert!(stream.keepalive().unwrap());
        assert_eq!(stream.tcp_keepalive_time().unwrap(), KEEP_ALIVE);
    }

    #[tokio::test]
    async fn a_file_appears_with_its_permissions() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        for wanted in [0o600, 0o660, 0o666] {
            let socket = Socket::unix(&path, wanted).await.unwrap();
            assert_eq!(mode(&path), wanted);
            assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
            let _client = UnixStream::connect(&path).await.unwrap();
            drop(socket);
            assert!(!path.exists());
        }
    }
}
