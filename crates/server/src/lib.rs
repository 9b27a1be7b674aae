//! Client-facing HTTP: listener, routes, client authentication at the door.
