//! Device codes: somebody signs in on another machine (RFC 8628).

use crate::oauth::{TokenFailure, failure::Refused};
use rustc_hash::FxHashMap;
use std::time::{Duration, Instant};

/// How long a device code waits for somebody.
pub(crate) const LIFETIME: Duration = Duration::from_mins(15);

/// Device codes that were handed out.
#[derive(Default)]
pub(crate) struct Devices(FxHashMap<String, Device>);

pub(crate) struct Device {
    pub(crate) account: usize,
    pub(crate) user_code: String,
    pub(crate) made: Instant,
    pub(crate) consent: Consent,
}

/// What whoever was asked has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    Pending,
    Given,
    Denied,
    /// Given, and tokens were made of it.
    Used,
}

impl Devices {
    pub(crate) fn add(&mut self, code: String, device: Device) {
        self.0.insert(code, device);
    }

    pub(crate) fn owner(&self, code: &str) -> Option<usize> {
        self.0.get(code).map(|device| device.account)
    }

    /// Whether this is the user code that was shown along with the device code.
    pub(crate) fn is_pair(&self, code: &str, user_code: &str) -> bool {
        let device = self.0.get(code);
        device.is_some_and(|device| device.user_code == user_code)
    }

    /// Somebody types in a code. Returns whether it was waited for.
    pub(crate) fn answer(
        &mut self,
        user_code: &str,
        consent: Consent,
        whose: Option<usize>,
    ) -> bool {
        let waiting = self
            .0
            .values_mut()
            .find(|device| device.user_code == user_code && device.consent == Consent::Pending);
        let Some(device) = waiting else { return false };
        device.consent = consent;
        device.account = whose.unwrap_or(device.account);
        true
    }

    /// Whether tokens may be made of `code`, which is used up by that.
    pub(crate) fn redeem(&mut self, code: &str, now: Instant) -> Result<(), Refused> {
        let unknown = TokenFailure::InvalidGrant.because("Unknown device code.");
        let device = self.0.get_mut(code).ok_or(unknown)?;
        match device.consent {
            Consent::Used => Err(unknown),
            Consent::Denied => Err(TokenFailure::AccessDenied.because("The request was denied.")),
            Consent::Pending if now.saturating_duration_since(device.made) >= LIFETIME => {
                Err(TokenFailure::DeviceCodeExpired.because("The device code has expired."))
            }
            Consent::Pending => {
                Err(TokenFailure::AuthorizationPending.because("Nobody has approved it yet."))
            }
            Consent::Given => {
                device.consent = Consent::Used;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Consent, Device, Devices, LIFETIME};
    use crate::oauth::TokenFailure;
    use std::time::{Duration, Instant};

    #[test]
    fn a_device_code_waits_for_an_answer() {
        let made = Instant::now();
        let check =
            |answer: Option<Consent>, after: Duration, expected: [Option<TokenFailure>; 2]| {
                let mut devices = Devices::default();
                let device = Device {
                    account: 0,
                    user_code: "U".to_owned(),
                    made,
                    consent: Consent::Pending,
                };
                devices.add("d".to_owned(), device);
                if let Some(consent) = answer {
                    assert!(devices.answer("U", consent, Some(1)), "it is waited for");
                    assert!(!devices.answer("U", consent, None), "but only once");
                }
                let polls = [(); 2].map(|()| devices.redeem("d", made + after).err());
                let polls = polls.map(|refused| refused.map(|refused| refused.failure));
                assert_eq!(polls, expected, "{answer:?} {after:?}");
            };
        let now = Duration::ZERO;
        check(None, now, [Some(TokenFailure::AuthorizationPending); 2]);
        check(None, LIFETIME, [Some(TokenFailure::DeviceCodeExpired); 2]);
        check(
            Some(Consent::Denied),
            now,
            [Some(TokenFailure::AccessDenied); 2],
        );
        check(
            Some(Consent::Given),
            now,
            [None, Some(TokenFailure::InvalidGrant)],
        );
    }
}
