//! Writing objects and arrays into a buffer, piece by piece.

use crate::quote_into;

/// An object that is being written. Nothing checks that keys differ.
///
/// ```
/// use cliproxy_json::ObjectWriter;
///
/// let mut out = Vec::new();
/// ObjectWriter::write(&mut out, |message| {
///     message.text("role", "user");
///     message.array("content", |parts| parts.object(|part| part.text("text", "say \"hi\"")));
/// });
/// assert_eq!(out, br#"{"role":"user","content":[{"text":"say \"hi\""}]}"#);
/// ```
#[derive(Debug)]
pub struct ObjectWriter<'b> {
    out: &'b mut Vec<u8>,
    is_empty: bool,
}

/// An array that is being written.
#[derive(Debug)]
pub struct ArrayWriter<'b> {
    out: &'b mut Vec<u8>,
    is_empty: bool,
}

impl ObjectWriter<'_> {
    /// Appends an object to `out`; `members` writes what is in it.
    pub fn write(out: &mut Vec<u8>, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        out.push(b'{');
        members(&mut ObjectWriter {
            out,
            is_empty: true,
        });
        out.push(b'}');
    }

    /// Whether nothing has been written yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// A member whose value is written by `value`, which must write exactly one.
    pub fn member(&mut self, key: &str, value: impl FnOnce(&mut Vec<u8>)) {
        separate(self.out, &mut self.is_empty);
        quote_into(self.out, key);
        self.out.push(b':');
        value(self.out);
    }

    /// JSON text, as it is.
    pub fn raw(&mut self, key: &str, json: &str) {
        self.member(key, |out| out.extend_from_slice(json.as_bytes()));
    }

    /// A string that says `text`.
    pub fn text(&mut self, key: &str, text: &str) {
        self.member(key, |out| quote_into(out, text));
    }

    /// A string, of what stands between its quotes.
    pub fn escaped(&mut self, key: &str, escaped: &str) {
        self.member(key, |out| escaped_into(out, escaped));
    }

    /// A whole number.
    pub fn number(&mut self, key: &str, number: u64) {
        self.member(key, |out| number_into(out, number));
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: &str, boolean: bool) {
        self.raw(key, if boolean { "true" } else { "false" });
    }

    /// `null`.
    pub fn null(&mut self, key: &str) {
        self.raw(key, "null");
    }

    /// An object.
    pub fn object(&mut self, key: &str, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.member(key, |out| ObjectWriter::write(out, members));
    }

    /// An array.
    pub fn array(&mut self, key: &str, elements: impl FnOnce(&mut ArrayWriter<'_>)) {
        self.member(key, |out| ArrayWriter::write(out, elements));
    }
}

impl ArrayWriter<'_> {
    /// Appends an array to `out`; `elements` writes what is in it.
    pub fn write(out: &mut Vec<u8>, elements: impl FnOnce(&mut ArrayWriter<'_>)) {
        out.push(b'[');
        elements(&mut ArrayWriter {
            out,
            is_empty: true,
        });
        out.push(b']');
    }

    /// Whether nothing has been written yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// An element that is written by `value`, which must write exactly one.
    pub fn element(&mut self, value: impl FnOnce(&mut Vec<u8>)) {
        separate(self.out, &mut self.is_empty);
        value(self.out);
    }

    /// JSON text, as it is.
    pub fn raw(&mut self, json: &str) {
        self.element(|out| out.extend_from_slice(json.as_bytes()));
    }

    /// A string that says `text`.
    pub fn text(&mut self, text: &str) {
        self.element(|out| quote_into(out, text));
    }

    /// A string, of what stands between its quotes.
    pub fn escaped(&mut self, escaped: &str) {
        self.element(|out| escaped_into(out, escaped));
    }

    /// An object.
    pub fn object(&mut self, members: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.element(|out| ObjectWriter::write(out, members));
    }

    /// An array.
    pub fn array(&mut self, elements: impl FnOnce(&mut ArrayWriter<'_>)) {
        self.element(|out| ArrayWriter::write(out, elements));
    }
}

fn separate(out: &mut Vec<u8>, is_empty: &mut bool) {
    if !std::mem::replace(is_empty, false) {
        out.push(b',');
    }
}

fn escaped_into(out: &mut Vec<u8>, escaped: &str) {
    out.push(b'"');
    out.extend_from_slice(escaped.as_bytes());
    out.push(b'"');
}

/// Appends a whole number, without the `String` that formatting would need.
pub fn number_into(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::ObjectWriter;

    #[test]
    fn every_kind_of_member() {
        let mut out = Vec::new();
        ObjectWriter::write(&mut out, |object| {
            assert!(object.is_empty());
            object.text("a\"b", "\n");
            object.escaped("escaped", r"\ud83d");
            object.raw("raw", "1.0");
            object.number("zero", 0);
            object.number("most", u64::MAX);
            object.boolean("yes", true);
            object.null("none");
            object.object("object", |_| {});
            object.array("array", |array| {
                assert!(array.is_empty());
                array.text("t");
                array.escaped(r"\u00e9");
                array.raw("-0");
                array.array(|inner| inner.object(|_| {}));
            });
        });
        let expected = concat!(
            r#"{"a\"b":"\n","escaped":"\ud83d","raw":1.0,"zero":0,"most":18446744073709551615,"#,
            r#""yes":true,"none":null,"object":{},"array":["t","\u00e9",-0,[{}]]}"#
        );
        assert_eq!(str::from_utf8(&out), Ok(expected));
    }
}
