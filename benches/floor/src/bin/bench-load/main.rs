//! The client of the benches: a number of kept-alive connections, each asking again and again.
//!
//! Every reply is checked (status, shape, number of events), and one line of JSON with numbers
//! only says what came back. One thread: the cores belong to the proxy and the upstream.

mod connection;
mod tally;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bench_floor::{Script, body};
use hyper::StatusCode;
use tokio::sync::Semaphore;

use crate::connection::{Connection, Order};
use crate::tally::Tally;

/// Connections that may be waiting for their first answer at the same time, so that a thousand do
/// not overrun the backlog of a listener, be it the proxy's or the upstream's behind it.
const OPENING: usize = 64;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let flags = xflags::parse_or_exit! {
        /// The address of the proxy, or of the upstream itself.
        required --address address: SocketAddr
        /// The client key of the gateway.
        optional --key key: String
        /// Connections, each with one request at a time.
        optional --connections n: usize
        /// Stop starting requests after so many milliseconds.
        optional --for-ms n: u64
        /// Stop starting requests after so many.
        optional --count n: usize
        /// The size of a request body.
        optional --body-bytes n: usize
        /// Ask for a stream of so many events.
        optional --events n: usize
        /// The pause between two events.
        optional --interval-ms n: u64
        /// Without a pause: one write of the upstream per event.
        optional --trickle
        /// Ask for a model all of whose credentials cool down, or will after the first request.
        optional --refused
    };
    let script = Script {
        events: flags.events.unwrap_or(0),
        interval: Duration::from_millis(flags.interval_ms.unwrap_or(0)),
        trickle: flags.trickle,
    };
    let mut body = body::chat(
        flags.body_bytes.unwrap_or(2048),
        script.events > 0,
        &script.to_string(),
    );
    if flags.refused {
        body = String::from_utf8(body)?
            .replacen("bench-model", "cooling-model", 1)
            .into();
    }
    let order = Arc::new(Order {
        address: flags.address,
        key: flags.key.unwrap_or_else(|| "bench-key".into()),
        body: body.into(),
        events: script.events,
        status: match flags.refused {
            true => StatusCode::TOO_MANY_REQUESTS,
            false => StatusCode::OK,
        },
    });
    if flags.refused {
        // It finds every upstream closed, and is not answered as the others are.
        let mut connection = Connection::open(Arc::clone(&order)).await?;
        drop(connection.ask(|| ()).await);
    }
    let tickets = Arc::new(AtomicUsize::new(flags.count.unwrap_or(usize::MAX)));
    let opening = Arc::new(Semaphore::new(OPENING));

    let started = Instant::now();
    let deadline = flags.for_ms.map(|ms| started + Duration::from_millis(ms));
    let clients: Vec<_> = (0..flags.connections.unwrap_or(1))
        .map(|_| {
            let (order, tickets, opening) = (
                Arc::clone(&order),
                Arc::clone(&tickets),
                Arc::clone(&opening),
            );
            tokio::spawn(async move {
                let mut permit = Some(opening.acquire().await?);
                let mut connection = Connection::open(order).await?;
                let mut tally = Tally::default();
                while take(&tickets) && deadline.is_none_or(|deadline| Instant::now() < deadline) {
                    tally.add(connection.ask(|| drop(permit.take())).await?);
                }
                anyhow::Ok(tally)
            })
        })
        .collect();

    let mut total = Tally::default();
    for client in clients {
        total.merge(client.await??);
    }
    println!("{}", total.into_json(started.elapsed()));
    Ok(())
}

fn take(tickets: &AtomicUsize) -> bool {
    tickets
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        })
        .is_ok()
}
