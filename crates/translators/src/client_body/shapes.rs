//! Settings whose value is of another type than the setting's.

use super::expect::not;
use crate::{
    protocols::rules,
    rejection::Rejection,
    request_ir::{RawJson, Request, row},
};
use cliproxy_json::{Kind, Value};
use std::borrow::Cow;

/// Refuses the first of them. A number that the protocol lets stand in quotes loses them here.
///
/// # Errors
///
/// [`Rejection`] that names the member.
pub(crate) fn check(request: &mut Request<'_>, body: Value<'_>) -> Result<(), Rejection> {
    let may_be_quoted = rules(request.source).settings.quoted_numbers;
    for setting in request.settings.iter_mut() {
        let shape = row(setting.key).shape;
        if shape.is_number()
            && may_be_quoted
            && let Some(number) = unquoted(&setting.value)
        {
            setting.value = RawJson(Cow::Owned(number));
        }
        let fits = setting.value.value().is_none_or(|value| shape.takes(value));
        if !fits {
            let place = setting.place;
            let path = place.path(body).unwrap_or_default();
            return Err(not(place, &path, shape.as_str()));
        }
    }
    Ok(())
}

fn unquoted(json: &RawJson<'_>) -> Option<String> {
    let text = json.value()?.as_str()?.into_owned();
    let number = Value::parse(&text).ok()?;
    (number.kind() == Kind::Number).then_some(text)
}
