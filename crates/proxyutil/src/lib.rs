//! Parses proxy settings and owns every outgoing HTTP client.
