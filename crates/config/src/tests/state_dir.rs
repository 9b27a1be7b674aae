//! Where the gateway keeps what outlives it.

use super::complaints;
use crate::{Config, Env, Overrides, load_text};
use std::path::Path;

fn config(yaml: &str, env: &[(&str, &str)]) -> Config {
    let env: Env = env.iter().copied().collect();
    match load_text(yaml, Path::new("/etc/gateway"), &env, &Overrides::default()) {
        Ok(loaded) => loaded.config,
        Err(problems) => panic!("{yaml}\n{problems}"),
    }
}

#[test]
fn the_state_directory() {
    let check = |yaml: &str, env: &[(&str, &str)], expected: Option<&str>| {
        let found = config(yaml, env).state_dir;
        assert_eq!(found.as_deref(), expected.map(Path::new), "{yaml} {env:?}");
    };
    let home = ("HOME", "/home/a");
    check("{}", &[], None);
    check("{}", &[("HOME", " ")], None);
    check("{}", &[home], Some("/home/a/.local/state/cliproxy"));
    check(
        "state-dir: ''",
        &[home],
        Some("/home/a/.local/state/cliproxy"),
    );
    check(
        "state-dir: ~",
        &[home],
        Some("/home/a/.local/state/cliproxy"),
    );
    let xdg = ("XDG_STATE_HOME", "/state");
    check("{}", &[home, xdg], Some("/state/cliproxy"));
    check("{}", &[xdg], Some("/state/cliproxy"));
    let relative = ("XDG_STATE_HOME", "state");
    check(
        "{}",
        &[home, relative],
        Some("/home/a/.local/state/cliproxy"),
    );
    check("{}", &[relative], None);
    check("state-dir: /var/lib/x", &[home, xdg], Some("/var/lib/x"));
    check("state-dir: ' x/y '", &[home], Some("/etc/gateway/x/y"));
    check("state-dir: ~/x", &[home, xdg], Some("/home/a/x"));
    check("state-dir: '~'", &[home], Some("/home/a"));
    check("state-dir: ~x/y", &[home], Some("/etc/gateway/~x/y"));
    check("{}", &[("CLIPROXY_STATE_DIR", "/s"), home], Some("/s"));
}

#[test]
fn a_home_that_is_not_there() {
    let check = |yaml: &str| {
        assert_eq!(
            complaints(yaml),
            "1:1: error: state-dir: there is no home directory for `~` (set HOME, or write the \
             whole path)",
            "{yaml}"
        );
    };
    check("state-dir: '~'");
    check("state-dir: ~/x");
}

#[test]
fn all_paths_may_begin_at_home() {
    let home = ("HOME", super::DATA);
    let yaml = "unix-socket: ~/s\nupstream: {ca-file: ~/tls/ca.pem}\nclaude-api-key: [{api-key: \
                file:~/secrets/key}]";
    let config = config(yaml, &[home]);
    let path = |name: &str| Path::new(super::DATA).join(name);
    assert_eq!(config.listen.unix_socket.unwrap().path, path("s"));
    assert_eq!(config.ca.unwrap().path, path("tls/ca.pem"));
    assert_eq!(config.entries[0].keys[0].api_key.expose(), "sk-from-file");
}

#[test]
fn cooldowns_are_saved_where_there_is_a_directory() {
    let save = "save-cooldown-status: true";
    assert!(config(save, &[("HOME", "/h")]).retry.save_cooldowns);
    assert!(!config("{}", &[("HOME", "/h")]).retry.save_cooldowns);
    assert_eq!(
        complaints(save),
        "1:1: warning: save-cooldown-status: there is no directory to save them in, so they are \
         not saved (set `state-dir`)"
    );
    assert_eq!(complaints(&format!("{save}\nstate-dir: s")), "");
}
