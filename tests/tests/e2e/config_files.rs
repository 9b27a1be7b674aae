//! The files of a configuration: written, replaced, emptied, broken, linked.

use crate::reload::{REFUSED, RELOADED, noticed, reloaded, status};
use cliproxy_core::Protocol::Chat;
use cliproxy_e2e::{Call, Entry, Gateway, Launch, MODEL, World, config};
use cliproxy_scripted_upstream::Behaviour;
use std::{fs, os::unix::fs::symlink};

/// A file that is written in pieces is read once, when it is complete.
#[tokio::test]
async fn several_writes() {
    let world = World::start(Chat, "", [("a", Behaviour::Answer)]).await;
    let (gateway, base) = (&world.gateway, world.upstream.base_url());
    let served = |alias: &str| {
        let models = format!("[{{name: up, alias: {alias}}}]");
        config("", &[Entry::new(Chat, "a", &base).models(&models)])
    };
    reloaded(gateway, || {
        for alias in ["one", "two", "three", "four", "five"] {
            gateway.rewrite(&served(alias));
        }
    })
    .await;
    assert_eq!(
        status(gateway, Call::generate(Chat, "five", false)).await,
        200
    );
    assert_eq!(gateway.log_count(RELOADED), 1);

    // Piece by piece, with what would be an error in between.
    reloaded(gateway, || {
        let whole = served("pieces");
        gateway.rewrite("");
        for end in [1, whole.len() / 3, whole.len() / 2, whole.len()] {
            gateway.rewrite(&whole[..end]);
        }
    })
    .await;
    assert_eq!(
        status(gateway, Call::generate(Chat, "pieces", false)).await,
        200
    );

    // Deleted and made again.
    let file = gateway.directory().join("config.yaml");
    reloaded(gateway, || {
        fs::remove_file(&file).unwrap();
        gateway.rewrite(&served("again"));
    })
    .await;
    assert_eq!(
        status(gateway, Call::generate(Chat, "again", false)).await,
        200
    );
    assert_eq!(gateway.log_count(RELOADED), 3);
    assert_eq!(gateway.log_count(REFUSED), 0);
}

/// What is no configuration changes nothing, and is said once.
#[tokio::test]
async fn files_that_cannot_be_used() {
    let debug = "log: {level: debug}";
    let world = World::start(Chat, debug, [("a", Behaviour::Answer)]).await;
    let (gateway, base) = (&world.gateway, world.upstream.base_url());
    let works = async |alias| {
        let call = Call::generate(Chat, alias, false);
        assert_eq!(status(gateway, call).await, 200, "{alias}");
    };
    let sound = |alias: &str| {
        let models = format!("[{{name: up, alias: {alias}}}]");
        config(debug, &[Entry::new(Chat, "a", &base).models(&models)])
    };
    let broken = "api-keys: [key]\nrequest-retry: many\nstreaming:\n  keepalive-seconds: soon\n";
    noticed(gateway, REFUSED, || gateway.rewrite(broken)).await;
    works(MODEL).await;
    // Every problem, with its place; and neither of them again while nothing changes.
    let unchanged = "configuration unchanged";
    for _ in 0..2 {
        gateway.write("config.yaml.bak", "port: x");
        noticed(gateway, unchanged, || gateway.rewrite(broken)).await;
    }
    assert_eq!(
        gateway.log_count("not reloaded: 2:1: error: request-retry"),
        1
    );
    assert_eq!(
        gateway.log_count("not reloaded: 4:3: error: streaming.keepalive-seconds"),
        1
    );
    assert_eq!(gateway.log_count(REFUSED), 2);
    // Emptied is not changed: whoever writes it is not done.
    noticed(gateway, "the file is empty", || gateway.rewrite("")).await;
    works(MODEL).await;
    reloaded(gateway, || gateway.rewrite(&sound("valid-again"))).await;
    works("valid-again").await;
    // Deleted, and later there again.
    let file = gateway.directory().join("config.yaml");
    noticed(gateway, "no such file", || fs::remove_file(&file).unwrap()).await;
    works("valid-again").await;
    reloaded(gateway, || gateway.rewrite(&sound("back"))).await;
    works("back").await;
    assert_eq!(gateway.log_count(RELOADED), 2);
}

/// Secrets that are in files of their own are followed like the configuration.
#[tokio::test]
async fn secrets_in_files() {
    let accounts = [("a", Behaviour::Answer), ("b", Behaviour::Answer)];
    let upstream = World::configured(accounts, |base| config("", &[Entry::new(Chat, "a", base)]))
        .await
        .upstream;
    let entry = Entry::new(Chat, "a", &upstream.base_url()).key("file:secrets/upstream");
    let launch = Gateway::serve(&config("api-keys: ['file:client-key']", &[entry]))
        .file("client-key", "first-client-key\n");
    let secrets = launch.path().join("secrets");
    fs::create_dir(&secrets).unwrap();
    fs::write(secrets.join("upstream"), "sk-a").unwrap();
    let gateway = Gateway::launch(launch).await;
    let hits = |account: &str| upstream.stats().hits(account);
    let with = |key| Call::unary(Chat).key(Chat, key);
    assert_eq!(status(&gateway, with("first-client-key")).await, 200);
    assert_eq!((hits("a"), hits("b")), (1, 0));
    reloaded(&gateway, || {
        gateway.replace("client-key", "second-client-key\n")
    })
    .await;
    assert_eq!(status(&gateway, with("first-client-key")).await, 401);
    assert_eq!(status(&gateway, with("second-client-key")).await, 200);
    reloaded(&gateway, || {
        fs::write(secrets.join("upstream"), "sk-b").unwrap()
    })
    .await;
    assert_eq!(status(&gateway, with("second-client-key")).await, 200);
    assert_eq!((hits("a"), hits("b")), (2, 1));

    // One that is named before it is there is taken when it comes.
    gateway.rewrite(&config(
        "api-keys: ['file:client-key', 'file:secrets/late']",
        &[Entry::new(Chat, "a", &upstream.base_url()).key("sk-a")],
    ));
    gateway.logged("cannot read the file secrets/late").await;
    assert_eq!(status(&gateway, with("second-client-key")).await, 200);
    reloaded(&gateway, || {
        fs::write(secrets.join("late"), "late-client-key").unwrap()
    })
    .await;
    assert_eq!(status(&gateway, with("late-client-key")).await, 200);
}

/// A mounted set of files, which is exchanged as a whole by a link, and a file that is a link to
/// elsewhere.
#[tokio::test]
async fn links() {
    let world = World::start(Chat, "", [("a", Behaviour::Answer)]).await;
    let base = world.upstream.base_url();
    let served = |alias: &str| {
        let models = format!("[{{name: up, alias: {alias}}}]");
        config("", &[Entry::new(Chat, "a", &base).models(&models)])
    };
    let works = async |gateway: &Gateway, alias| {
        let call = Call::generate(Chat, alias, false);
        assert_eq!(status(gateway, call).await, 200, "{alias}");
    };

    // The way Kubernetes mounts a ConfigMap.
    let launch = Launch::new(&["serve", "--config", "mounted/config.yaml", "--port", "0"]);
    let mounted = launch.path().join("mounted");
    let version = |number: u32, alias: &str| {
        let own = mounted.join(format!("..version_{number}"));
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("config.yaml"), served(alias)).unwrap();
        symlink(&own, mounted.join("..data_tmp")).unwrap();
        fs::rename(mounted.join("..data_tmp"), mounted.join("..data")).unwrap();
    };
    version(1, "one");
    symlink("..data/config.yaml", mounted.join("config.yaml")).unwrap();
    let gateway = Gateway::launch(launch).await;
    works(&gateway, "one").await;
    for (number, alias) in [(2, "two"), (3, "three")] {
        reloaded(&gateway, || version(number, alias)).await;
        works(&gateway, alias).await;
        fs::remove_dir_all(mounted.join(format!("..version_{}", number - 1))).unwrap();
    }
    assert_eq!(gateway.log_count(REFUSED), 0);

    let launch = Launch::new(&["serve", "--config", "config.yaml", "--port", "0"]);
    let elsewhere = launch.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let file = elsewhere.join("gateway.yaml");
    fs::write(&file, served("one")).unwrap();
    symlink(&file, launch.path().join("config.yaml")).unwrap();
    let gateway = Gateway::launch(launch).await;
    works(&gateway, "one").await;
    reloaded(&gateway, || fs::write(&file, served("written")).unwrap()).await;
    works(&gateway, "written").await;
    for alias in ["replaced", "replaced-again"] {
        reloaded(&gateway, || {
            fs::write(elsewhere.join("next"), served(alias)).unwrap();
            fs::rename(elsewhere.join("next"), &file).unwrap();
        })
        .await;
        works(&gateway, alias).await;
    }
}

/// Looked at now and then, where a file system tells nothing: also a file with an older date, and
/// two changes within a second.
#[tokio::test]
async fn by_looking() {
    let settings = "config-poll-interval: 1s";
    let world = World::start(Chat, settings, [("a", Behaviour::Answer)]).await;
    let (gateway, base) = (&world.gateway, world.upstream.base_url());
    let served = |alias: &str| {
        let models = format!("[{{name: up, alias: {alias}}}]");
        config(settings, &[Entry::new(Chat, "a", &base).models(&models)])
    };
    let works = async |alias| {
        let call = Call::generate(Chat, alias, false);
        assert_eq!(status(gateway, call).await, 200, "{alias}");
    };
    reloaded(gateway, || gateway.rewrite(&served("written"))).await;
    works("written").await;
    reloaded(gateway, || {
        gateway.write("older.yaml", &served("older"));
        let older = gateway.directory().join("older.yaml");
        let file = fs::File::options().write(true).open(&older).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        fs::rename(older, gateway.directory().join("config.yaml")).unwrap();
    })
    .await;
    works("older").await;
    assert_eq!(gateway.log_count(RELOADED), 2);
}

/// A directory that is removed and made again, which is not the one that was watched.
#[tokio::test]
async fn another_directory() {
    let yaml = |key: &str| {
        let entry = Entry::new(Chat, "a", "http://127.0.0.1:9");
        config(&format!("api-keys: [{key}]"), &[entry])
    };
    let launch = Launch::new(&["serve", "--config", "etc/config.yaml", "--port", "0"]);
    let etc = launch.path().join("etc");
    let write = |key: &str| {
        fs::create_dir_all(&etc).unwrap();
        fs::write(etc.join("config.yaml"), yaml(key)).unwrap();
    };
    write("first-key");
    let gateway = Gateway::launch(launch).await;
    noticed(&gateway, "no such file", || {
        fs::remove_dir_all(&etc).unwrap()
    })
    .await;
    reloaded(&gateway, || write("second-key")).await;
    reloaded(&gateway, || write("third-key")).await;
    let call = Call::get("/v1/models").key(Chat, "third-key");
    assert_eq!(status(&gateway, call).await, 200);
}
