//! What is measured, and what the gateway may cost.

/// One line of the budget table in `benches/BENCHMARKING.md`.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) kind: Kind,
    pub(crate) budget: Budget,
}

pub(crate) enum Kind {
    /// CPU time of the proxy process, user and system, per request.
    CpuPerRequest(Load),
    /// The same per event that reached the client.
    CpuPerEvent(Load),
    /// CPU time of the proxy process per second of the run: how many cores it takes.
    Cores(Load),
    /// Median time from a request to the first piece of its reply.
    FirstEvent(Load),
    /// Growth of resident memory per stream, while all streams are open.
    MemoryPerStream(Load),
    /// From starting the process to its first answer.
    ColdStart,
    /// Resident memory after one answer, nothing running.
    IdleMemory,
    /// How often a thread woke up by itself, nothing running.
    IdleWakeUps,
}

/// What the clients do.
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) body_bytes: usize,
    /// Events per reply; none means one JSON document.
    pub(crate) events: usize,
    pub(crate) interval_ms: u64,
    /// Without a pause: one write of the upstream per event.
    pub(crate) trickle: bool,
    /// Towards the gateway: ask for a model whose 500 credentials all cool down.
    pub(crate) refused: bool,
    /// The gateway's upstream speaks Claude, so that all it is asked and answers is translated. The floor
    /// passes chat through, as ever.
    pub(crate) translated: bool,
    pub(crate) until: Until,
}

#[derive(Clone, Copy)]
pub(crate) enum Until {
    Millis(u64),
    Requests(usize),
}

#[derive(Clone, Copy)]
pub(crate) enum Budget {
    /// So many times what the floor took in the same round.
    TimesFloor(f64),
    /// In the unit of the workload.
    AtMost(f64),
    /// None: shown for comparison.
    Shown,
}

const KB: usize = 1 << 10;

const SMALL: Load = Load {
    connections: 32,
    body_bytes: 2 * KB,
    events: 0,
    interval_ms: 0,
    trickle: false,
    refused: false,
    translated: false,
    until: Until::Millis(3_000),
};

const TRANSLATED: Load = Load {
    translated: true,
    ..SMALL
};

/// Many streams in which hardly anything happens. A process needs two files for each of them, so a
/// system that does not allow that many is given as many as it takes.
const SLOW: Load = Load {
    connections: 10_000,
    events: 6,
    interval_ms: 2_000,
    until: Until::Requests(10_000),
    ..SMALL
};

pub(crate) const WORKLOADS: [Workload; 18] = [
    Workload {
        name: "small",
        title: "small JSON: 2 KB, 32 connections",
        kind: Kind::CpuPerRequest(SMALL),
        budget: Budget::TimesFloor(1.3),
    },
    Workload {
        name: "refused",
        title: "refusals: 500 credentials that all cool down, against requests that the floor serves",
        kind: Kind::CpuPerRequest(Load {
            refused: true,
            ..SMALL
        }),
        budget: Budget::TimesFloor(1.3),
    },
    Workload {
        name: "body-200k",
        title: "200 KB bodies, 8 connections",
        kind: Kind::CpuPerRequest(Load {
            connections: 8,
            body_bytes: 200 * KB,
            ..SMALL
        }),
        budget: Budget::TimesFloor(0.9),
    },
    Workload {
        name: "body-2m",
        title: "2 MB bodies, 4 connections",
        kind: Kind::CpuPerRequest(Load {
            connections: 4,
            body_bytes: 2048 * KB,
            ..SMALL
        }),
        budget: Budget::TimesFloor(0.7),
    },
    Workload {
        name: "burst",
        title: "burst: 32 streams of 200 events that are ready at once, again and again",
        kind: Kind::CpuPerEvent(Load {
            events: 200,
            ..SMALL
        }),
        budget: Budget::TimesFloor(0.3),
    },
    Workload {
        name: "trickle",
        title: "trickle: the same, and the upstream writes every event by itself",
        kind: Kind::CpuPerEvent(Load {
            events: 200,
            trickle: true,
            ..SMALL
        }),
        budget: Budget::Shown,
    },
    Workload {
        name: "translated-small",
        title: "translated, small JSON: a chat client, a Claude upstream, 2 KB, 32 connections",
        kind: Kind::CpuPerRequest(TRANSLATED),
        budget: Budget::TimesFloor(2.0),
    },
    Workload {
        name: "translated-200k",
        title: "translated, 200 KB bodies, 8 connections",
        kind: Kind::CpuPerRequest(Load {
            connections: 8,
            body_bytes: 200 * KB,
            ..TRANSLATED
        }),
        budget: Budget::TimesFloor(2.0),
    },
    Workload {
        name: "translated-2m",
        title: "translated, 2 MB bodies, 4 connections",
        kind: Kind::CpuPerRequest(Load {
            connections: 4,
            body_bytes: 2048 * KB,
            ..TRANSLATED
        }),
        budget: Budget::TimesFloor(2.0),
    },
    Workload {
        name: "translated-burst",
        title: "translated, burst: 32 streams of 200 events that are ready at once",
        kind: Kind::CpuPerEvent(Load {
            events: 200,
            ..TRANSLATED
        }),
        budget: Budget::TimesFloor(0.6),
    },
    Workload {
        name: "paced",
        title: "paced: 1,000 streams, an event every 20 ms in each",
        kind: Kind::CpuPerEvent(Load {
            connections: 1_000,
            events: 150,
            interval_ms: 20,
            until: Until::Requests(1_000),
            ..SMALL
        }),
        budget: Budget::TimesFloor(1.2),
    },
    Workload {
        name: "first-event",
        title: "time to first event, one stream at a time",
        kind: Kind::FirstEvent(Load {
            connections: 1,
            events: 4,
            interval_ms: 2,
            until: Until::Requests(300),
            ..SMALL
        }),
        budget: Budget::TimesFloor(1.1),
    },
    Workload {
        name: "held",
        title: "memory per held stream: 1,000 streams, an event every 500 ms in each",
        kind: Kind::MemoryPerStream(Load {
            connections: 1_000,
            events: 5,
            interval_ms: 500,
            until: Until::Requests(1_000),
            ..SMALL
        }),
        budget: Budget::TimesFloor(1.0),
    },
    Workload {
        name: "slow",
        title: "10,000 slow streams: cores, an event every 2 s in each",
        kind: Kind::Cores(SLOW),
        budget: Budget::AtMost(1.0),
    },
    Workload {
        name: "slow-held",
        title: "10,000 slow streams: memory",
        kind: Kind::MemoryPerStream(SLOW),
        budget: Budget::TimesFloor(1.0),
    },
    Workload {
        name: "cold-start",
        title: "cold start to first answer, 10 credentials",
        kind: Kind::ColdStart,
        budget: Budget::AtMost(25.0),
    },
    Workload {
        name: "idle-memory",
        title: "idle: resident memory",
        kind: Kind::IdleMemory,
        budget: Budget::AtMost(15.0),
    },
    Workload {
        name: "idle-wake-ups",
        title: "idle: wake-ups in 5 s",
        kind: Kind::IdleWakeUps,
        budget: Budget::AtMost(0.0),
    },
];

impl Workload {
    /// The unit of its samples.
    pub(crate) fn unit(&self) -> &'static str {
        match self.kind {
            Kind::CpuPerRequest(_) => "µs CPU per request",
            Kind::CpuPerEvent(_) => "µs CPU per event",
            Kind::Cores(_) => "cores",
            Kind::FirstEvent(_) => "µs to the first event",
            Kind::MemoryPerStream(_) => "KB per stream",
            Kind::ColdStart => "ms to the first answer",
            Kind::IdleMemory => "MB resident",
            Kind::IdleWakeUps => "wake-ups",
        }
    }
}

impl Until {
    /// A quarter, for a run that only shows that everything works.
    pub(crate) fn quick(self) -> Self {
        match self {
            Self::Millis(millis) => Self::Millis(millis / 4),
            Self::Requests(requests) => Self::Requests(requests),
        }
    }
}

impl Workload {
    /// Whether the gateway's upstream is to speak another protocol than the clients.
    pub(crate) const fn translates(&self) -> bool {
        match &self.kind {
            Kind::CpuPerRequest(load) | Kind::CpuPerEvent(load) => load.translated,
            _ => false,
        }
    }

    /// Whether the gateway is to have credentials that cool down.
    pub(crate) const fn refuses(&self) -> bool {
        matches!(&self.kind, Kind::CpuPerRequest(load) if load.refused)
    }
}
