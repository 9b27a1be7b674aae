//! The control socket over real connections.

#[cfg(test)]
mod rig;

#[cfg(test)]
mod cases;
