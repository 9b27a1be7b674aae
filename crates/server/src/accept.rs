//! The loop that accepts the connections of one socket.

use crate::{
    admission::{Admission, Admitted, Full, Seat},
    connection::Connection,
    peer::Peer,
    service::Server,
    socket::{Accepted, Socket},
    tls::Tls,
    worker::Worker,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long to wait before accepting again when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What the connections of a socket share.
pub(crate) struct Acceptor {
    pub(crate) server: Arc<Server>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) tls: Option<Tls>,
    pub(crate) workers: Arc<[Worker]>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    pub(crate) abort: CancellationToken,
}

impl Acceptor {
    /// Accepts until it is told to stop.
    pub(crate) async fn run(self, socket: Socket) {
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => return,
                accepted = socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.admit(stream, peer),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn admit(&self, stream: Accepted, peer: Peer) {
        let admitted = self.admission.admit(peer, &self.server.params());
        let full = match admitted {
            Admitted::Seated(seat) => return self.spawn(stream, peer, None, seat),
            Admitted::Refused(full, seat) => {
                self.spawn(stream, peer, Some(full), seat);
                full
            }
            Admitted::Dropped(full) => full,
        };
        if let Some(refused) = self.admission.speak(Instant::now()) {
            let limit = full.key();
            let peer = match peer {
                Peer::Ip(address) => address.to_string(),
                Peer::Local => "-".to_owned(),
            };
            tracing::warn!(refused, peer, "too many connections: raise {limit}");
        }
    }

    fn spawn(&self, stream: Accepted, peer: Peer, full: Option<Full>, seat: Seat) {
        let connection = Connection {
            server: Arc::clone(&self.server),
            tls: self.tls.clone(),
            peer,
            full,
            tasks: self.tasks.clone(),
            stop: self.stop.clone(),
            abort: self.abort.clone(),
            _seat: seat,
        };
        let Some(worker) = Worker::least(&self.workers) else {
            self.tasks.spawn(serve(connection, stream));
            return;
        };
        let counted = worker.count();
        let serve = async move {
            let _counted = counted;
            serve(connection, stream).await;
        };
        self.tasks.spawn_on(serve, &worker.handle);
    }
}

/// Serves on the runtime that this runs on: a socket belongs to the one whose poller it is
/// registered with.
async fn serve(connection: Connection, stream: Accepted) {
    match stream.into_stream() {
        Ok(stream) => connection.serve(stream).await,
        Err(error) => tracing::debug!(%error, "a connection was lost"),
    }
}
