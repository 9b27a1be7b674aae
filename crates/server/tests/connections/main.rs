//! Connections as clients make them: bytes on a loopback socket.

#[cfg(test)]
mod rig;

#[cfg(test)]
mod door;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod framing;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod secured;
