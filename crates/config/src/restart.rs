//! What a running gateway cannot change.

use crate::Config;

impl Config {
    /// The keys that differ from those of the `running` configuration and that only a restart puts
    /// into effect, in the order of the example file. Everything else takes effect at once.
    #[must_use]
    pub fn needs_restart(&self, running: &Self) -> Vec<&'static str> {
        let (new, old) = (&self.listen, &running.listen);
        let modes = new
            .unix_socket
            .as_ref()
            .zip(old.unix_socket.as_ref())
            .is_some_and(|(new, old)| new.mode != old.mode);
        let path = |config: &Self| {
            let socket = config.listen.unix_socket.as_ref();
            socket.map(|socket| socket.path.clone())
        };
        [
            // Not the whole of `listen`: a line that has moved is no change.
            ("host", new.host != old.host),
            ("port", new.port != old.port),
            ("unix-socket", path(self) != path(running)),
            ("unix-socket-mode", modes),
            // Another certificate is taken into use at once.
            ("tls", self.tls.is_some() != running.tls.is_some()),
            ("log", self.log != running.log),
            ("state-dir", self.state_dir != running.state_dir),
            (
                "save-cooldown-status",
                self.retry.save_cooldowns != running.retry.save_cooldowns,
            ),
            (
                "config-poll-interval",
                self.poll_interval != running.poll_interval,
            ),
        ]
        .into_iter()
        .filter_map(|(key, changed)| changed.then_some(key))
        .collect()
    }
}
