//! The provider behind every proxy of the benches: takes any POST, answers as the request asks.
//!
//! Written on the socket instead of on an HTTP server, because what is measured depends on how
//! the events arrive: a burst comes as a provider's front end sends what it has, a TLS record at a
//! time; a trickle and a paced stream are one write per event. An HTTP server decides that itself.

mod reply;
mod request;

use std::net::SocketAddr;

use bench_floor::Script;
use tokio::net::{TcpListener, TcpStream};

use crate::request::Connection;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let flags = xflags::parse_or_exit! {
        /// The address to listen on.
        required --listen address: SocketAddr
    };
    let listener = TcpListener::bind(flags.listen).await?;
    loop {
        let (socket, _) = listener.accept().await?;
        // A peer that hangs up ends its own connection and nothing else.
        tokio::spawn(async move { drop(serve(socket).await) });
    }
}

async fn serve(socket: TcpStream) -> anyhow::Result<()> {
    socket.set_nodelay(true)?;
    let mut connection = Connection::new(socket);
    while let Some(asked) = connection.next_asked().await? {
        let script = Script::find(&asked.body);
        let socket = connection.socket();
        if script.events == 0 {
            reply::document(socket, asked.protocol).await?;
        } else {
            reply::events(socket, script, asked.protocol).await?;
        }
    }
    Ok(())
}
