//! Edits of a document by spans.

use super::{Fate, Plan, Splices};
use bytes::Bytes;
use cliproxy_json::{Body, Value};
use proptest::prelude::*;

/// The elements of `[…]`, inside an object so that it is a body; `-` cuts, `=` replaces, anything else
/// keeps.
fn elements(text: &str, fates: &str) -> String {
    let body = Body::new(format!("{{\"a\":{text}}}").into()).unwrap();
    let array = body.head().get("a").unwrap();
    let mut splices = Splices::default();
    splices.elements(array, |index, _| match fates.as_bytes()[index] {
        b'-' => Fate::Cut,
        b'=' => Fate::Becomes(Bytes::from_static(b"NEW")),
        _ => Fate::Keep,
    });
    let (slices, _) = splices.render(body.raw());
    let out = String::from_utf8(slices.to_bytes().to_vec()).unwrap();
    out[5..out.len() - 1].to_owned()
}

#[test]
fn an_element_goes_with_one_comma() {
    let check = |text: &str, fates: &str, expected: &str| {
        assert_eq!(elements(text, fates), expected, "{text} {fates}");
    };
    check("[1, 2 ,3]", "...", "[1, 2 ,3]");
    check("[1, 2 ,3]", "-..", "[2 ,3]");
    check("[1, 2 ,3]", ".-.", "[1 ,3]");
    check("[1, 2 ,3]", "..-", "[1, 2]");
    check("[1, 2 ,3]", "--.", "[3]");
    check("[1, 2 ,3]", ".--", "[1]");
    check("[1, 2 ,3]", "-.-", "[2]");
    check("[ 1, 2 ,3 ]", "---", "[  ]");
    check("[1, 2 ,3]", "=-=", "[NEW ,NEW]");
    check("[]", "", "[]");
}

#[test]
fn members_are_set_once_and_added_at_the_end() {
    let check = |text: &'static str, cut: &[&'static str], set: &[&'static str], expected: &str| {
        let body = Body::new(text.into()).unwrap();
        let mut plan = Plan::default();
        cut.iter().for_each(|name| plan.cut(name));
        set.iter().for_each(|name| plan.set(name, "9"));
        let mut splices = Splices::default();
        let is_left = splices.members(body.root(), &plan);
        let out = splices.render(body.raw()).0.to_bytes();
        assert_eq!(out, expected, "{text} {cut:?} {set:?}");
        assert_eq!(is_left, expected.contains(':'), "{text}");
    };
    check(r#"{"a":1, "b":2}"#, &[], &["a"], r#"{"a":9, "b":2}"#);
    check(r#"{"a":1, "b":2}"#, &["a"], &["c"], r#"{"b":2,"c":9}"#);
    check(r#"{"a":1, "b":2}"#, &["b"], &["c"], r#"{"a":1,"c":9}"#);
    check(r#"{"a":1}"#, &["a"], &["c", "d"], r#"{"c":9,"d":9}"#);
    check(r#"{ "a":1 }"#, &["a"], &[], "{  }");
    check(
        r#"{"a":1,"\u0061":2,"b":3}"#,
        &[],
        &["a"],
        r#"{"a":9,"b":3}"#,
    );
    check(r#"{"a":1,"a":2,"b":3}"#, &["a"], &[], r#"{"b":3}"#);
    check("{}", &["a"], &["c"], r#"{"c":9}"#);
    check("{ }", &[], &["c"], r#"{"c":9 }"#);
}

#[test]
fn an_object_inside_goes_with_its_last_member() {
    let check = |text: &'static str, cut: &[&'static str], set: &[&'static str], expected: &str| {
        let body = Body::new(text.into()).unwrap();
        let mut inner = Plan::default();
        cut.iter().for_each(|name| inner.cut(name));
        set.iter().for_each(|name| inner.set(name, "9"));
        let mut splices = Splices::default();
        let mut plan = Plan::default();
        plan.within("o", body.root(), &inner, &mut splices);
        splices.members(body.root(), &plan);
        let out = splices.render(body.raw()).0.to_bytes();
        assert_eq!(out, expected, "{text} {cut:?} {set:?}");
    };
    check(r#"{"o":{"a":1,"b":2}}"#, &["a"], &[], r#"{"o":{"b":2}}"#);
    check(r#"{"o":{"a":1},"p":0}"#, &["a"], &[], r#"{"p":0}"#);
    check(r#"{"o":{"a":1}}"#, &["a"], &["c"], r#"{"o":{"c":9}}"#);
    check(r#"{"p":0}"#, &["a"], &["c"], r#"{"p":0,"o":{"c":9}}"#);
    check(r#"{"p":0}"#, &["a"], &[], r#"{"p":0}"#);
    check(r#"{"o":null}"#, &[], &["c"], r#"{"o":{"c":9}}"#);
    check(r#"{"o":{},"p":0}"#, &["a"], &[], r#"{"o":{},"p":0}"#);
}

proptest! {
    /// Whatever is cut or replaced, what comes out is the array of what is left.
    #[test]
    fn any_choice_of_elements_is_an_array(
        fates in "[-=.]{0,12}",
        blanks in proptest::collection::vec("[ \n]{0,2}", 26),
    ) {
        let mut text = String::from("[");
        for index in 0..fates.len() {
            if index > 0 { text.push(','); }
            text.push_str(&blanks[2 * index]);
            text.push_str(&index.to_string());
            text.push_str(&blanks[2 * index + 1]);
        }
        text.push(']');
        let out = elements(&text, &fates).replace("NEW", "-1");
        let left = fates.bytes().enumerate().filter(|(_, fate)| *fate != b'-');
        let expected: Vec<i64> = left
            .map(|(index, fate)| if fate == b'=' { -1 } else { i64::try_from(index).unwrap() })
            .collect();
        let array = Value::parse(&out).unwrap();
        let found: Vec<i64> = array.elements().map(|value| value.as_i64().unwrap()).collect();
        prop_assert_eq!(found, expected);
    }

    /// A place that stays is found again.
    #[test]
    fn a_place_moves_with_what_stands_there(cuts in "[-=.]{1,12}") {
        let text: Vec<String> = (0..cuts.len()).map(|index| format!("{}", 100 + index)).collect();
        let body = Body::new(format!("{{\"a\":[{}]}}", text.join(" , ")).into()).unwrap();
        let array = body.head().get("a").unwrap();
        let mut splices = Splices::default();
        splices.elements(array, |index, _| match cuts.as_bytes()[index] {
            b'-' => Fate::Cut,
            b'=' => Fate::Becomes(Bytes::from_static(b"7")),
            _ => Fate::Keep,
        });
        let (slices, moved) = splices.render(body.raw());
        let out = slices.to_bytes();
        for (element, fate) in array.elements().zip(cuts.bytes()).filter(|(_, fate)| *fate == b'.') {
            let _ = fate;
            let at = moved.place(element.span().start);
            prop_assert_eq!(&out[at..at + 3], element.raw().as_bytes());
            prop_assert_eq!(moved.place(element.span().end), at + 3);
        }
    }
}
