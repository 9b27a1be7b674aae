//! Disks that are full and directories that cannot be written, for real: the binary runs as a user whom
//! they stop.

use super::{ask, by, granted};
use cliproxy_e2e::{AuthDir, Ends, Finished, Gateway, Launch, config, without_tokens};
use cliproxy_scripted_upstream::{
    Script, Upstream,
    oauth::{Account, Dialect},
};
use std::{
    fs::{self, Permissions},
    io::{self, Write as _},
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

/// A disk of its own for the directory of the accounts, in a world that only this process sees. Anybody
/// may make one where the system allows it.
const SMALL_DISK: &[&str] = &[
    "sh",
    "-c",
    r#"exec unshare --user --map-root-user --mount sh -c '
        mkdir -p seed && cp -p accounts/* seed
        mount -t tmpfs -o size=64k,mode=700 tmpfs accounts && cp -p seed/* accounts && exec "$@"
    ' sh "$@""#,
    "sh",
];
/// A file that grows beyond a limit is an error, and no signal.
const LIMITED: &[&str] = &["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

/// A gateway with one account, in a directory that somebody else than root owns.
struct Scene {
    gateway: Gateway,
    upstream: Upstream,
    auths: Auths,
}

/// The directory as this process sees it, and what the file said at first.
struct Auths {
    seen: AuthDir,
    before: String,
}

impl Auths {
    fn may_be_written(&self, may: bool) {
        let mode = if may { 0o700 } else { 0o500 };
        fs::set_permissions(self.seen.path(), Permissions::from_mode(mode)).unwrap();
    }

    /// The file has what was granted, and else what it had.
    fn assert_written(&self, upstream: &Upstream) {
        assert_eq!(self.seen.refresh_token("a"), granted(upstream));
        let after = self.seen.text("a");
        assert_eq!(without_tokens(&after), without_tokens(&self.before));
        assert_eq!(self.seen.drafts(), [""; 0]);
    }
}

impl Scene {
    async fn new(ends: Ends, wrapper: &[&str]) -> Self {
        let account = Account::new("a", Dialect::Codex);
        let upstream = Upstream::start(Script::new().account(account)).unwrap();
        let launch = Gateway::serve("").unprivileged().under(wrapper);
        let launch = launch.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let seen = AuthDir::at(&launch.path().join("accounts"));
        fs::create_dir(seen.path()).unwrap();
        seen.sign_in(&upstream, "a", ends, "");
        let before = seen.text("a");
        // There from the start: who looks at that disk from outside may make no file on it.
        let launch = launch.file("accounts/ballast", "");
        let launch = launch.file("config.yaml", &config(&seen.settings(&upstream), &[]));
        Self {
            gateway: Gateway::launch(launch).await,
            upstream,
            auths: Auths { seen, before },
        }
    }

    /// The refresh happens, requests are served with what it brings, and whoever asks is told.
    async fn assert_at_risk(&self, why: &str) {
        for _ in 0..3 {
            assert_eq!(by(&self.gateway.send(ask()).await), "a");
        }
        assert_eq!(self.upstream.stats().refreshes("a"), 1);
        let Auths { seen, before } = &self.auths;
        assert_eq!(seen.text("a"), *before, "nothing is half written");
        assert_eq!(seen.drafts(), [""; 0]);
        self.gateway.logged("a crash would lose them").await;
        let tokens = self.gateway.tokens("a");
        assert_eq!(tokens["condition"], "at-risk", "{tokens}");
        let error = tokens["last_error"]["text"].as_str().unwrap_or_default();
        assert!(error.contains(why), "{tokens}");
        let status = self.gateway.command(&["status"]).run().stdout;
        let remedy = error.rsplit(": ").next().unwrap_or_default();
        assert!(
            status.contains("at-risk") && status.contains(remedy),
            "{status}"
        );
    }

    /// Once it can be written, it is, and nobody is asked again.
    async fn assert_recovers(&self) {
        self.gateway.logged("tokens are on disk now").await;
        self.auths.assert_written(&self.upstream);
        assert_eq!(self.gateway.tokens("a")["condition"], "fresh");
        assert_eq!(by(&self.gateway.send(ask()).await), "a");
        assert_eq!(self.upstream.stats().refreshes("a"), 1);
    }
}

/// Ends a gateway; `meanwhile` is done once it has begun to. Says how it ended, and how long that took.
async fn stopped(gateway: Gateway, meanwhile: impl FnOnce()) -> (Finished, Duration) {
    let began = Instant::now();
    gateway.signal("TERM");
    gateway.logged("draining").await;
    meanwhile();
    let finished = gateway.ended().await;
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    (finished, began.elapsed())
}

#[tokio::test]
async fn a_directory_that_cannot_be_written() {
    let scene = Scene::new(Ends::InTime, &["env"]).await;
    scene.auths.may_be_written(false);
    scene.upstream.oauth().expire("a");
    scene.assert_at_risk("no permission").await;
    scene.auths.may_be_written(true);
    scene.assert_recovers().await;
}

#[tokio::test]
async fn a_stop_writes_what_is_at_risk() {
    let scene = Scene::new(Ends::InTime, &["env"]).await;
    scene.auths.may_be_written(false);
    scene.upstream.oauth().expire("a");
    scene.assert_at_risk("no permission").await;
    let Scene {
        gateway,
        upstream,
        auths,
    } = scene;
    let (finished, _) = stopped(gateway, || auths.may_be_written(true)).await;
    assert!(!finished.stderr.contains("could be written"));
    auths.assert_written(&upstream);
}

#[tokio::test]
async fn a_stop_says_what_it_cannot_write() {
    let scene = Scene::new(Ends::InTime, &["env"]).await;
    scene.auths.may_be_written(false);
    scene.upstream.oauth().expire("a");
    scene.assert_at_risk("no permission").await;
    let (finished, took) = stopped(scene.gateway, || ()).await;
    let said = finished.stderr;
    assert!(
        said.contains("before its new tokens could be written"),
        "{said}"
    );
    assert!(took >= Duration::from_secs(4), "tried for {took:?} only");
    assert!(took < Duration::from_secs(20), "tried for {took:?}");
    assert_eq!(scene.auths.seen.text("a"), scene.auths.before);
    scene.auths.may_be_written(true);
}

#[tokio::test]
async fn a_disk_that_is_full() {
    let probe = Launch::new(&["--version"]).unprivileged().under(SMALL_DISK);
    let probe = probe.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    fs::create_dir(probe.path().join("accounts")).unwrap();
    let probe = probe.file("accounts/a.json", "{}");
    if probe.run().code != Some(0) {
        // `files_that_may_not_grow` fails in the same place, and runs everywhere.
        return skipped("a disk that is full: this system makes no disk for an unprivileged user");
    }
    let mut scene = Scene::new(Ends::InTime, SMALL_DISK).await;
    // The world of that process, where its disk is.
    let world = PathBuf::from(format!("/proc/{}/root", scene.gateway.id()));
    let path = scene.auths.seen.path().strip_prefix("/").unwrap();
    scene.auths.seen = AuthDir::at(&world.join(path));
    let ballast = scene.auths.seen.path().join("ballast");
    let full = fill(&ballast);
    assert_eq!(full.kind(), io::ErrorKind::StorageFull, "{full}");
    scene.upstream.oauth().expire("a");
    scene.assert_at_risk("no space left").await;
    fs::File::create(&ballast).unwrap();
    scene.assert_recovers().await;
}

/// Where no disk can be made, no file may grow: the write fails in the same place. It is never skipped.
#[tokio::test]
async fn files_that_may_not_grow() {
    let scene = Scene::new(Ends::InTime, LIMITED).await;
    let limit = |bytes: &str| {
        let limits = format!("--fsize={bytes}:");
        let id = scene.gateway.id().to_string();
        let mut prlimit = Command::new("prlimit");
        // Root of a container may not do it to others, but everybody to their own processes.
        let owner = fs::metadata(scene.auths.seen.path()).unwrap();
        prlimit.uid(owner.uid()).gid(owner.gid());
        let set = prlimit.args(["--pid", &id, &limits]);
        set.status().is_ok_and(|status| status.success())
    };
    assert!(limit("0"), "no `prlimit` here: it is in util-linux");
    scene.upstream.oauth().expire("a");
    scene.assert_at_risk("cannot write").await;
    assert!(limit("unlimited"));
    scene.assert_recovers().await;
}

/// Writes until there is no room left.
fn fill(path: &Path) -> io::Error {
    let mut file = fs::File::create(path).unwrap();
    loop {
        if let Err(error) = file.write_all(&[0; 512]) {
            return error;
        }
    }
}

/// Says so past the harness, which keeps to itself what a test prints that passes.
fn skipped(what: &str) {
    let line = format!("SKIPPED: {what}\n");
    io::stderr().lock().write_all(line.as_bytes()).unwrap();
}
