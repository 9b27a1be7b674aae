//! Whether what came out is what a case expects, and where it first differs.

use serde_json::Value;

/// Compares by value, except for the paths that a case ignores; those that it calls the same have to
/// be equal to each other.
pub(super) fn compare(case: &Value, actual: &Value) -> Result<(), String> {
    let expected = &case["expected"];
    let parsed = (case["compare"] == "json").then(|| (parsed(expected), parsed(actual)));
    let (expected, actual) = match &parsed {
        Some((Some(expected), Some(actual))) => (expected, actual),
        _ => (expected, actual),
    };
    let ignored = paths(&case["ignore"]);
    differ(expected, actual, &mut Vec::new(), &ignored)?;
    for group in case["same"].as_array().into_iter().flatten() {
        let places = paths(group);
        let mut values = places.iter().map(|path| (path, at(actual, path)));
        let Some((_, first)) = values.next() else {
            continue;
        };
        for (path, value) in values {
            if value != first {
                let path = path.join(".");
                return Err(format!("{path}: {} is not {}", show(value), show(first)));
            }
        }
    }
    Ok(())
}

/// The JSON that a text says, for bytes that are compared by value.
fn parsed(text: &Value) -> Option<Value> {
    serde_json::from_str(text.as_str()?).ok()
}

fn paths(list: &Value) -> Vec<Vec<&str>> {
    let texts = list.as_array().into_iter().flatten();
    let texts = texts.filter_map(Value::as_str);
    texts.map(|text| text.split('.').collect()).collect()
}

fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(value, |value, key| match value {
        Value::Array(_) => key
            .parse()
            .map_or(&Value::Null, |index: usize| &value[index]),
        _ => &value[key],
    })
}

fn differ(
    expected: &Value,
    actual: &Value,
    path: &mut Vec<String>,
    ignored: &[Vec<&str>],
) -> Result<(), String> {
    if is_ignored(path, ignored) || is_same(expected, actual) {
        return Ok(());
    }
    let report = |path: &[String]| {
        let path = path.join(".");
        Err(format!(
            "{path}: {} instead of {}",
            show(actual),
            show(expected)
        ))
    };
    match (expected, actual) {
        (Value::Object(wanted), Value::Object(found)) => {
            for key in wanted.keys().chain(found.keys()) {
                path.push(key.clone());
                match (wanted.get(key), found.get(key)) {
                    (Some(wanted), Some(found)) => differ(wanted, found, path, ignored)?,
                    _ if is_ignored(path, ignored) => {}
                    (None, Some(found)) => {
                        return Err(format!("{}: {} is too much", path.join("."), show(found)));
                    }
                    _ => return Err(format!("{}: missing", path.join("."))),
                }
                path.pop();
            }
            Ok(())
        }
        (Value::Array(wanted), Value::Array(found)) => {
            for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                path.push(index.to_string());
                differ(wanted, found, path, ignored)?;
                path.pop();
            }
            if wanted.len() == found.len() {
                return Ok(());
            }
            let next = wanted.len().min(found.len());
            path.push(next.to_string());
            match found.get(next) {
                Some(found) => Err(format!("{}: {} is too much", path.join("."), show(found))),
                None => Err(format!(
                    "{}: {} is missing",
                    path.join("."),
                    show(&wanted[next])
                )),
            }
        }
        _ => report(path),
    }
}

/// `1` is `1.0`.
fn is_same(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Object(_) | Value::Array(_), _) => false,
        _ => expected == actual,
    }
}

fn is_ignored(path: &[String], ignored: &[Vec<&str>]) -> bool {
    ignored.iter().any(|pattern| {
        let fits = |(key, pattern): (&String, &&str)| *pattern == "*" || key == pattern;
        pattern.len() == path.len() && path.iter().zip(pattern).all(fits)
    })
}

fn show(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
