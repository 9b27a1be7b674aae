//! A disk that fails or stops on purpose.

use crate::{Disk, LocalDisk, Step};
use parking_lot::Mutex;
use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

/// The disk of this machine, with a fault that can be set and healed.
///
/// A step that writes fails after half of its bytes, as a full disk does.
#[derive(Debug, Default)]
pub struct FaultyDisk(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    /// Since the fault was set.
    steps: usize,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Every step fails like this.
    Always(io::ErrorKind),
    /// This step fails, counted from 0; those before and after it do not.
    Once(usize, io::ErrorKind),
    /// The process is killed within this step: half of it is done, and nothing after it.
    Killed(usize),
    /// Files can be written, but there are no locks.
    NoLocks,
    /// Steps work, but nothing takes the place of something else.
    Mounted,
}

impl FaultyDisk {
    /// From now on, this goes wrong.
    pub fn fail(&self, fault: Fault) {
        *self.0.lock() = State {
            fault: Some(fault),
            steps: 0,
        };
    }

    /// From now on, nothing goes wrong.
    pub fn heal(&self) {
        self.0.lock().fault = None;
    }

    /// How many steps were asked for since the last fault was set.
    pub fn steps(&self) -> usize {
        self.0.lock().steps
    }
}

impl Disk for FaultyDisk {
    fn step(&self, step: &Step<'_>) -> io::Result<()> {
        let (fault, at) = {
            let mut state = self.0.lock();
            state.steps += 1;
            (state.fault, state.steps - 1)
        };
        let half = || match *step {
            Step::Append(path, bytes) => {
                let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
                LocalDisk.step(&Step::Append(path, half))
            }
            _ => Ok(()),
        };
        match fault {
            Some(Fault::Always(kind)) => Err(kind.into()),
            Some(Fault::Once(failing, kind)) if failing == at => {
                half()?;
                Err(kind.into())
            }
            Some(Fault::Killed(last)) if last <= at => {
                if last == at {
                    half()?;
                }
                Err(io::Error::other("killed"))
            }
            Some(Fault::Mounted) if matches!(step, Step::Rename(..)) => {
                Err(io::ErrorKind::ResourceBusy.into())
            }
            _ => LocalDisk.step(step),
        }
    }

    fn lock(&self, path: &Path) -> Result<File, TryLockError> {
        let fault = self.0.lock().fault;
        match fault {
            Some(Fault::Always(kind)) => Err(TryLockError::Error(kind.into())),
            Some(Fault::NoLocks) => Err(TryLockError::Error(io::ErrorKind::Unsupported.into())),
            _ => LocalDisk.lock(path),
        }
    }
}
