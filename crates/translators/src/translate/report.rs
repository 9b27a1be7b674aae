//! What is told of the losses of one body.

use crate::request_ir::{LossClass, Losses, Lost, Place};
use cliproxy_json::{Body, Value, paths_to};
use std::ops::ControlFlow;

/// So many bytes of paths are told of what was lost.
const MOST_TOLD: usize = 1024;

/// What [`Place::MODEL`] is told as, also where the body has no such member. Only its suffix can be lost.
const SUFFIX: &str = "model";

/// What of a client's body did not arrive as it was. Labels are never in it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// How many members and parts left no trace.
    pub dropped: usize,
    /// How many arrived as something else.
    pub changed: usize,
    /// The paths of the dropped ones, comma-separated: whole paths only, 1 KiB at most.
    pub dropped_paths: Option<String>,
    /// The paths of the changed ones, likewise.
    pub changed_paths: Option<String>,
    /// How often a damaged history was repaired: a call without its result, a result without its call.
    pub repairs: u32,
    losses: Losses,
}

/// One thing that was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// The place in the client's body, in the client's spelling.
    pub path: String,
    /// What is lost with it.
    pub class: LossClass,
    /// Whether it left no trace; otherwise it arrived as something else.
    pub is_dropped: bool,
    /// The reason, in a few words.
    pub why: &'static str,
}

impl Report {
    pub(crate) fn new(mut losses: Losses, body: Value<'_>) -> Self {
        losses.settle();
        Self {
            dropped: losses.dropped.len(),
            changed: losses.changed.len(),
            dropped_paths: told(&losses.dropped, body),
            changed_paths: told(&losses.changed, body),
            repairs: 0,
            losses,
        }
    }

    pub(crate) fn with_repairs(self, repairs: u32) -> Self {
        Self { repairs, ..self }
    }

    /// Everything that was lost of `body`, the client's, in its order. Each place once.
    #[must_use]
    pub fn losses(&self, body: &Body) -> Vec<Loss> {
        let tagged = |is_dropped| move |lost: &Lost| (*lost, is_dropped);
        let dropped = self.losses.dropped.iter().map(tagged(true));
        let changed = self.losses.changed.iter().map(tagged(false));
        let mut lost: Vec<_> = dropped.chain(changed).collect();
        lost.sort_unstable_by_key(|&(lost, is_dropped)| (lost.place, !is_dropped, lost));
        let mut places: Vec<Place> = lost.iter().map(|(lost, _)| lost.place).collect();
        places.dedup();
        let mut losses = Vec::with_capacity(lost.len());
        let mut lost = lost.into_iter().peekable();
        paths(&places, body.root(), |place, path| {
            while let Some((found, is_dropped)) = lost.next_if(|(it, _)| it.place <= place) {
                if found.place == place {
                    losses.push(Loss {
                        path: path.to_owned(),
                        class: found.class,
                        is_dropped,
                        why: found.why.as_str(),
                    });
                }
            }
            ControlFlow::Continue(())
        });
        losses
    }
}

/// Tells the paths of places, which ascend, in one walk over the body.
fn paths(places: &[Place], body: Value<'_>, mut told: impl FnMut(Place, &str) -> ControlFlow<()>) {
    let offsets: Vec<usize> = places.iter().filter_map(|place| place.offset()).collect();
    let mut is_over = false;
    paths_to(body, &offsets, |offset, path| {
        let flow = told(Place::at(offset), path);
        is_over |= flow.is_break();
        flow
    });
    // It stands in no body, and behind all that do.
    if !is_over && places.last() == Some(&Place::MODEL) {
        let _ = told(Place::MODEL, SUFFIX);
    }
}

/// As many paths as there is room for.
fn told(lost: &[Lost], body: Value<'_>) -> Option<String> {
    if lost.is_empty() {
        return None;
    }
    let places: Vec<Place> = lost.iter().map(|lost| lost.place).collect();
    let mut told = String::new();
    paths(&places, body, |_, path| {
        // A header takes what can be seen of ASCII; a key can be anything.
        if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return ControlFlow::Continue(());
        }
        if told.len() + path.len() + 2 > MOST_TOLD {
            return ControlFlow::Break(());
        }
        if !told.is_empty() {
            told.push_str(", ");
        }
        told.push_str(path);
        ControlFlow::Continue(())
    });
    (!told.is_empty()).then_some(told)
}

#[cfg(test)]
mod tests {
    use super::{MOST_TOLD, Report};
    use crate::request_ir::{Class, Losses, Place, Why};
    use cliproxy_json::Body;

    fn report(text: &str, lost: impl Fn(&mut Losses, &Body)) -> (Report, Body) {
        let body = Body::new(text.to_owned().into()).unwrap();
        let mut losses = Losses::default();
        lost(&mut losses, &body);
        (Report::new(losses, body.root()), body)
    }

    #[test]
    fn a_place_is_told_once_and_in_the_order_of_the_body() {
        let text = r#"{"b":1,"a":[{"c":2}],"ü":3}"#;
        let (report, body) = report(text, |losses, body| {
            let place = |names: &[&str]| Place::of(body.root().at(names).unwrap());
            let inner = body.root().get("a").unwrap().elements().next().unwrap();
            losses.drop(Place::MODEL, Class::Quality, Why::NoMember);
            losses.drop(
                Place::of(inner.get("c").unwrap()),
                Class::Opaque,
                Why::NoMember,
            );
            losses.drop(place(&["b"]), Class::Quality, Why::NoMember);
            losses.drop(place(&["b"]), Class::Quality, Why::NoMember);
            losses.drop(place(&["b"]), Class::Bookkeeping, Why::NoMember);
            losses.drop(place(&["ü"]), Class::Quality, Why::NoMember);
            losses.drop(Place::NOWHERE, Class::Quality, Why::NoMember);
            losses.change(place(&["b"]), Class::Quality, Why::NoMember);
        });
        assert_eq!((report.dropped, report.changed), (4, 1));
        assert_eq!(report.dropped_paths.as_deref(), Some("b, a.0.c, model"));
        assert_eq!(report.changed_paths.as_deref(), Some("b"));
        let losses = report.losses(&body);
        let listed = losses.iter().map(|loss| {
            let word = if loss.is_dropped {
                "dropped"
            } else {
                "changed"
            };
            format!("{word} {} {}", loss.class.as_str(), loss.path)
        });
        assert_eq!(
            listed.collect::<Vec<_>>(),
            [
                "dropped quality b",
                "changed quality b",
                "dropped opaque a.0.c",
                "dropped quality ü",
                "dropped quality model",
            ]
        );
    }

    #[test]
    fn no_more_is_told_than_a_header_takes() {
        let members: Vec<_> = (0..400).map(|at| format!("\"member-{at}\":0")).collect();
        let (report, body) = report(&format!("{{{}}}", members.join(",")), |losses, body| {
            for (_, value) in body.root().members() {
                losses.drop(Place::of(value), Class::Quality, Why::NoMember);
            }
        });
        let told = report.dropped_paths.as_deref().unwrap();
        assert!(
            told.len() <= MOST_TOLD && told.len() > MOST_TOLD - 12,
            "{told}"
        );
        assert!(told.starts_with("member-0, member-1, "), "{told}");
        assert!(
            told.split(", ").all(|path| body.root().get(path).is_some()),
            "{told}"
        );
        assert_eq!((report.dropped, report.losses(&body).len()), (400, 400));
        assert_eq!(report.changed_paths, None);
    }
}
