//! What people read on a terminal.

mod duration;
mod paint;
mod plain;
mod table;

pub(crate) use self::{
    duration::{took, until},
    paint::{Paint, Tone},
    plain::{json, plain},
    table::{Cell, Column, Table},
};
