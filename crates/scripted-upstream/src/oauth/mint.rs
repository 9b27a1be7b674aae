//! Texts of new tokens: recognisable, and never the same twice.

use crate::keyring::Key;

/// Numbers what it makes.
#[derive(Debug, Default)]
pub(crate) struct Mint {
    made: u64,
}

/// What a text is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Coin {
    Access,
    Code,
    Device,
    Id,
    Refresh,
}

impl Mint {
    /// `SECRET_A_account-A_1a2b3c4d_00000001`: the account, a digest of it and a number.
    pub(crate) fn make(&mut self, coin: Coin, key: &Key) -> String {
        self.made += 1;
        let letter = match coin {
            Coin::Access => 'A',
            Coin::Code => 'C',
            Coin::Device => 'D',
            Coin::Id => 'I',
            Coin::Refresh => 'R',
        };
        let mut text = format!(
            "SECRET_{letter}_{}_{:08x}_{:08}",
            slug(&key.label),
            key.digest,
            self.made
        );
        // As part of a JWT it has to be base64, of whole bytes.
        while text.len() % 4 != 0 {
            text.push('0');
        }
        text
    }

    /// What somebody types in: `SCRI-0001`.
    pub(crate) fn user_code(&mut self) -> String {
        self.made += 1;
        format!("SCRI-{:04}", self.made)
    }
}

fn slug(label: &str) -> String {
    let keep = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '-'
        }
    };
    label.chars().map(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::{Coin, Mint};
    use crate::keyring::Key;
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

    #[test]
    fn tokens_say_what_they_are_and_are_no_two_the_same() {
        let mut mint = Mint::default();
        for label in ["a", "account A", "größe", "four"] {
            let key = Key::new(label, Vec::new());
            for (coin, prefix) in [(Coin::Access, "SECRET_A_"), (Coin::Refresh, "SECRET_R_")] {
                let (one, other) = (mint.make(coin, &key), mint.make(coin, &key));
                assert_ne!(one, other);
                assert!(one.starts_with(prefix), "{one}");
                assert!(BASE64_URL_SAFE_NO_PAD.decode(&one).is_ok(), "{one}");
            }
        }
    }
}
