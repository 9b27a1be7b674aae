//! Notices that files have changed.
//!
//! Directories are watched, since a file that is replaced is another file under the same name. What
//! happens is collected until it is quiet, and what is there then counts, not what happened. While
//! nothing happens nothing runs, except where the system tells of nothing.

mod inbox;
mod place;
mod quiet;
mod told;
mod watched;

pub use self::{
    inbox::{Collect, Inbox},
    quiet::Quiet,
    told::Told,
    watched::{Settled, Watched},
};
