//! Why a request is not sent: what is refused, and whether a laxer policy would let it pass.

use cliproxy_translators::{LossPolicy, Refused, Report};

/// A request that was refused, and what the next laxer policy makes of it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) why: Refused,
    pub(super) policy: LossPolicy,
    /// The laxer policy under which it could be sent, and what it would lose.
    pub(super) laxer: Option<(LossPolicy, Report)>,
}

/// Translates under `policy`, and if that is refused under the laxer ones, to say what they would do.
pub(super) fn attempted<T>(
    policy: LossPolicy,
    translate: impl Fn(LossPolicy) -> Result<T, Refused>,
    report: impl Fn(T) -> Report,
) -> Result<T, Box<Refusal>> {
    let laxer: &[LossPolicy] = match policy {
        LossPolicy::Strict => &[LossPolicy::Report, LossPolicy::Lenient],
        LossPolicy::Report => &[LossPolicy::Lenient],
        _ => &[],
    };
    translate(policy).map_err(|why| {
        let passes = laxer.iter().find_map(|policy| {
            let passed = translate(*policy).ok()?;
            Some((*policy, report(passed)))
        });
        Box::new(Refusal {
            why,
            policy,
            laxer: passes,
        })
    })
}

impl Refusal {
    /// What is refused, why, and what could be done about it.
    pub(super) fn told(&self) -> String {
        let Refused { param, message, .. } = &self.why;
        let place = match param {
            // The message may say it itself.
            Some(param) if !message.contains(&format!("`{param}`")) => format!("{param}: "),
            _ => String::new(),
        };
        let policy = match (&self.laxer, self.policy) {
            (Some((LossPolicy::Report, _)), LossPolicy::Strict) => {
                let lost = param.as_deref().unwrap_or("something");
                return format!(
                    "refused: `{lost}` would be lost, and the loss policy is strict; under report the request is sent, and the loss is told"
                );
            }
            (Some((LossPolicy::Lenient, _)), policy) => {
                format!(
                    " (the loss policy is {}; under lenient a note takes its place, and the rest is sent)",
                    name(policy)
                )
            }
            _ if self
                .why
                .code
                .is_some_and(|code| code.starts_with("unsupported_")) =>
            {
                " (under every loss policy)".to_owned()
            }
            _ => String::new(),
        };
        format!("refused: {place}{message}{policy}")
    }
}

const fn name(policy: LossPolicy) -> &'static str {
    match policy {
        LossPolicy::Strict => "strict",
        LossPolicy::Report => "report",
        _ => "lenient",
    }
}
