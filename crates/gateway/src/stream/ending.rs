//! How a stream ends: in good order, broken off, or cut short.

use super::Pump;
use crate::{
    commit::is_whole,
    curfew::SHUTTING_DOWN,
    lane::{Lane, missing_end},
    wording::placed_message,
};
use cliproxy_executors::UpstreamError;
use cliproxy_translators::{
    ErrorView, StreamPosition, client_status, error_announcement, error_frame,
};
use http::StatusCode;

impl Pump {
    /// The upstream closed the stream.
    pub(super) fn ended(&mut self) {
        self.upstream = None;
        self.take_rest();
        if self.tap.finished() || self.failure.is_some() {
            self.complete();
        } else {
            self.break_off(&UpstreamError::truncated());
        }
    }

    pub(super) fn broke(&mut self, error: &UpstreamError) {
        self.upstream = None;
        self.take_rest();
        // After the protocol's own end nothing can be missing.
        if self.tap.finished() {
            self.complete();
        } else {
            self.break_off(error);
        }
    }

    /// A last event without its blank line counts if its data is whole, because several providers
    /// omit it; the client gets one, since to some of them only that ends an event.
    fn take_rest(&mut self) {
        while let Some(rest) = self.framer.finish() {
            if !is_whole(&rest) {
                return;
            }
            self.observe(&rest);
            self.take(&rest);
            self.forward(rest.raw());
            if self.lane.is_raw() {
                self.out.push(missing_end(&rest));
            }
        }
    }

    pub(super) fn break_off(&mut self, error: &UpstreamError) {
        let status = client_status(self.protocol, error.status.as_u16());
        let message = placed_message(error, &self.settlement.label);
        self.end_with(&ErrorView::new(status, message));
        self.settlement.interrupted(&mut self.tap, error);
    }

    /// The gateway is shutting down and has waited long enough.
    pub(super) fn cut_short(&mut self) {
        let status = client_status(self.protocol, StatusCode::SERVICE_UNAVAILABLE.as_u16());
        self.end_with(&ErrorView::new(status, SHUTTING_DOWN));
        self.settlement.abandoned(&mut self.tap);
    }

    /// Ends the stream with the protocol's own error event.
    fn end_with(&mut self, view: &ErrorView<'_>) {
        self.upstream = None;
        if let Lane::Translated { reply, .. } = &mut self.lane {
            reply.fail(view.status, &view.message);
            return self.hand_over();
        }
        let ids = self.tap.response_ids();
        let mut position = StreamPosition {
            sequence: self.tap.sequence(),
            response: ids.response.as_deref(),
        };
        let params = &self.settlement.snapshot.params;
        if params.translation.announces_failures
            && let Some(event) = error_announcement(self.protocol, view, &mut position)
        {
            self.out.push(event);
        }
        self.out.push(error_frame(self.protocol, view, &position));
    }

    pub(super) fn complete(&mut self) {
        if let Lane::Translated { reply, .. } = &mut self.lane {
            reply.eof();
            self.hand_over();
        }
        match self.failure.take() {
            Some(error) => self.settlement.interrupted(&mut self.tap, &error),
            None => self.settlement.completed(&mut self.tap),
        }
    }
}
