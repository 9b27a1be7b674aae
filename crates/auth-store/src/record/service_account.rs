//! A Google service account key inside a credential file.

use super::{members::Members, value::text};
use cliproxy_core::Secret;

/// What signs requests for tokens: the members of Google's key file that matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Who it is.
    pub client_email: Box<str>,
    /// In PEM, either as PKCS#1 or as PKCS#8.
    pub private_key: Secret,
    /// Which of the account's keys this is.
    pub private_key_id: Option<Box<str>>,
    /// Where tokens are asked for.
    pub token_uri: Option<Box<str>>,
    /// The project it belongs to.
    pub project_id: Option<Box<str>>,
}

impl ServiceAccount {
    /// Reads the object.
    ///
    /// # Errors
    ///
    /// The member without which it is of no use.
    pub(super) fn read(object: &Members<'_>) -> Result<Self, &'static str> {
        let member = |name| object.read(&[name], text);
        let key = member("private_key").ok_or("service_account.private_key")?;
        Ok(Self {
            client_email: member("client_email").ok_or("service_account.client_email")?,
            private_key: pem(&key),
            private_key_id: member("private_key_id"),
            token_uri: member("token_uri"),
            project_id: member("project_id"),
        })
    }
}

/// The key with the line ends that PEM wants: on its way through a shell or a form it may have got others.
fn pem(key: &str) -> Secret {
    Secret::from(key.replace("\\n", "\n").replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::{Members, ServiceAccount};
    use cliproxy_json::Value;

    #[test]
    fn line_ends_of_a_key() {
        let check = |key: &str, expected: &str| {
            let json = format!(r#"{{"client_email":"e","private_key":"{key}"}}"#);
            let object = Members::of(Value::parse(&json).unwrap());
            let account = ServiceAccount::read(&object).unwrap();
            assert_eq!(account.private_key.expose(), expected, "{key}");
        };
        check(r"BEGIN\nabc\nEND\n", "BEGIN\nabc\nEND");
        check(r"BEGIN\r\nabc\r\nEND", "BEGIN\nabc\nEND");
        check(r"BEGIN\\nabc\\nEND", "BEGIN\nabc\nEND");
    }

    #[test]
    fn what_is_missing_is_named() {
        let check = |json: &str, missing: &str| {
            let object = Members::of(Value::parse(json).unwrap());
            assert_eq!(ServiceAccount::read(&object), Err(missing), "{json}");
        };
        check(r#"{"client_email":"e"}"#, "service_account.private_key");
        check(r#"{"private_key":"k"}"#, "service_account.client_email");
        check("[]", "service_account.private_key");
    }
}
