//! Which sampling parameters may be sent.
//!
//! | | `temperature` | `top_p` | `top_k` |
//! | --- | --- | --- | --- |
//! | Claude that reasons | only 1 | from 0.95 | no |
//! | model without sampling | no | no | no |
//! | model that samples at rest | while it does not reason | the same | the same |
//! | one of the two | yes | only without `temperature` | yes |

use super::{Form, Resolved};
use cliproxy_core::Sampling;

/// Which of the parameters that are there stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sampled {
    pub(crate) temperature: bool,
    pub(crate) top_p: bool,
    pub(crate) top_k: bool,
}

/// Which sampling parameters stay, given their values after clamping. What is not there stays.
pub(crate) fn sampled(
    sampling: Sampling,
    resolved: &Resolved<'_>,
    form: Form,
    temperature: Option<f64>,
    top_p: Option<f64>,
) -> Sampled {
    let is_on = resolved.control().is_on();
    let reasons = form == Form::Claude && is_on;
    let takes = match sampling {
        Sampling::None => false,
        Sampling::Resting => !is_on,
        Sampling::Full | Sampling::Xor => true,
    };
    let warm = takes && temperature.is_none_or(|value| !reasons || value == 1.0);
    let either = sampling == Sampling::Xor && warm && temperature.is_some();
    Sampled {
        temperature: warm,
        top_p: takes && !either && top_p.is_none_or(|value| !reasons || value >= 0.95),
        top_k: takes && !reasons,
    }
}
