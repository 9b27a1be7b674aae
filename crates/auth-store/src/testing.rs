//! For tests of stores, and of what uses them.

mod conformance;
mod faulty_disk;

pub use self::{
    conformance::{Departure, conforms},
    faulty_disk::{Fault, FaultyDisk},
};
