//! Colours, where there is somebody to see them.

use clap::builder::styling::{AnsiColor, Style};
use cliproxy_config::Env;
use std::io::{self, IsTerminal as _};

/// What a piece of text is to the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    Bad,
    Faint,
    Good,
    #[default]
    Normal,
    Strong,
}

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Colours,
    Nothing,
}

impl Paint {
    /// For standard output: colours on a terminal that knows them, unless `NO_COLOR` is set;
    /// elsewhere only with `CLICOLOR_FORCE`.
    pub(crate) fn of_stdout(env: &Env) -> Self {
        Self::of(env, io::stdout().is_terminal())
    }

    fn of(env: &Env, terminal: bool) -> Self {
        let set = |name| env.get(name).is_some_and(|value| !value.is_empty());
        let forced = set("CLICOLOR_FORCE") && env.get("CLICOLOR_FORCE") != Some("0");
        let able = terminal && env.get("TERM") != Some("dumb");
        if !set("NO_COLOR") && (forced || able) {
            Self::Colours
        } else {
            Self::Nothing
        }
    }

    /// A text in its tone. The text is the caller's own, or plain.
    pub(crate) fn text(self, tone: Tone, text: &str) -> String {
        let style = match tone {
            Tone::Bad => AnsiColor::Red.on_default(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Normal => Style::new(),
            Tone::Strong => Style::new().bold(),
        };
        match self {
            Self::Colours if !text.is_empty() => format!("{style}{text}{style:#}"),
            Self::Colours | Self::Nothing => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Paint, Tone};
    use cliproxy_config::Env;

    #[test]
    fn colours_are_for_terminals() {
        let check = |variables: &[(&str, &str)], terminal, expected| {
            let env: Env = variables.iter().copied().collect();
            assert_eq!(Paint::of(&env, terminal), expected, "{variables:?}");
        };
        use Paint::{Colours, Nothing};
        check(&[], true, Colours);
        check(&[], false, Nothing);
        check(&[("TERM", "xterm")], true, Colours);
        check(&[("TERM", "dumb")], true, Nothing);
        check(&[("NO_COLOR", "1")], true, Nothing);
        check(&[("NO_COLOR", "")], true, Colours);
        check(&[("CLICOLOR_FORCE", "1")], false, Colours);
        check(&[("CLICOLOR_FORCE", "0")], false, Nothing);
        check(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], true, Nothing);
    }

    #[test]
    fn a_tone_ends_where_its_text_does() {
        assert_eq!(Paint::Colours.text(Tone::Bad, "x"), "\u{1b}[31mx\u{1b}[0m");
        assert_eq!(Paint::Colours.text(Tone::Normal, "x"), "x");
        assert_eq!(Paint::Colours.text(Tone::Bad, ""), "");
        assert_eq!(Paint::Nothing.text(Tone::Bad, "x"), "x");
    }
}
