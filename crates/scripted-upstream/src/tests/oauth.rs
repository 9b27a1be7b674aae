//! The authorization server, over real sockets.

mod caller;
mod misbehaviour;
mod refresh;
mod robots;
mod sign_in;
mod upstream;
