//! Which calls are made, in which order, and who leaves: all of it follows from the seed.

use crate::{
    client::Leave,
    storm::Job,
    table::{CUT_AND_CLOSED, CUT_AND_RESET, PACED},
    world::World,
};
use cliproxy_core::Protocol;
use fastrand::Rng;
use std::time::Duration;

/// Events of the longest healthy stream, and some more.
const EVENTS: usize = 16;
/// How many calls of a row are made in a storm, of each kind.
const REPEATS: usize = 2;
/// Which bytes a storm cuts at; the sweep cuts at all of them.
const STRIDE: usize = 16;
/// Calls that meet no fault, per kind.
const HEALTHY: usize = 100;

/// The calls of the run.
pub(crate) struct Plan {
    /// A reply cut at every byte, for each protocol, streamed or not, closed or reset.
    pub(crate) sweep: Vec<Job>,
    /// The calls of one storm; every storm has the same.
    pub(crate) storm: Vec<Job>,
    /// A call per protocol that must succeed afterwards.
    pub(crate) last: Vec<Job>,
}

impl Plan {
    pub(crate) async fn new(
        world: &World,
        seed: u64,
        filter: Option<&str>,
    ) -> anyhow::Result<Self> {
        let mut random = Rng::with_seed(seed);
        let wanted =
            |fault: usize| filter.is_none_or(|filter| world.faults[fault].name.contains(filter));
        let mut sweep = Vec::new();
        let mut storm = Vec::new();
        for fault in [CUT_AND_CLOSED, CUT_AND_RESET].map(|name| world.row(name)) {
            for (protocol, stream) in kinds().filter(|_| wanted(fault)) {
                let length = world.wire_length(fault, protocol, stream).await?;
                let cut = |byte, backed| Job {
                    cut: Some(byte),
                    backed,
                    ..job(fault, protocol, stream)
                };
                sweep.extend((0..=length).map(|byte| cut(byte, false)));
                let some = (random.usize(..STRIDE)..=length).step_by(STRIDE);
                storm.extend(some.flat_map(|byte| [cut(byte, false), cut(byte, true)]));
            }
        }
        for fault in (0..world.faults.len()).filter(|fault| wanted(*fault)) {
            for (place, (protocol, stream)) in kinds().enumerate() {
                for backed in [false, true] {
                    if world.faults[fault].is_heavy
                        && (2 * place + usize::from(backed)) % 8 != fault % 8
                    {
                        continue;
                    }
                    let one = Job {
                        backed,
                        ..job(fault, protocol, stream)
                    };
                    let repeats = if world.faults[fault].is_heavy {
                        1
                    } else {
                        REPEATS
                    };
                    storm.extend(std::iter::repeat_n(one, repeats));
                    // One in five leaves.
                    let leave = match random.usize(..EVENTS) {
                        0 | 1 => Leave::Early(Duration::from_millis(random.u64(..40))),
                        events => Leave::After(events - 2),
                    };
                    let leaves = Job {
                        leave: Some(leave),
                        ..one
                    };
                    storm.extend((random.u8(..2) == 0).then_some(leaves));
                }
            }
        }
        for protocol in Protocol::ALL {
            let paced = world.row(PACED);
            storm.extend((0..EVENTS).map(|event| Job {
                leave: Some(Leave::After(event)),
                ..job(paced, protocol, true)
            }));
            for stream in [false, true] {
                storm.extend([job(0, protocol, stream); HEALTHY]);
            }
        }
        // While replies are cut, others are not.
        let healthy = kinds().map(|(protocol, stream)| job(0, protocol, stream));
        let healthy: Vec<_> = healthy.cycle().take(sweep.len() / 8).collect();
        sweep.extend(healthy);
        random.shuffle(&mut sweep);
        random.shuffle(&mut storm);
        Ok(Self {
            sweep,
            storm,
            last: kinds()
                .map(|(protocol, stream)| job(0, protocol, stream))
                .collect(),
        })
    }
}

fn kinds() -> impl Iterator<Item = (Protocol, bool)> + Clone {
    Protocol::ALL
        .into_iter()
        .flat_map(|protocol| [(protocol, false), (protocol, true)])
}

const fn job(fault: usize, protocol: Protocol, stream: bool) -> Job {
    Job {
        fault,
        protocol,
        stream,
        backed: false,
        cut: None,
        leave: None,
    }
}
