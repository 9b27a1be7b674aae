//! The responses an account has stored.

use serde_json::Value;
use std::{collections::VecDeque, sync::Arc};

/// Responses kept per account, the oldest forgotten first.
const CAPACITY: usize = 512;

/// What one account can refer back to. Another account's ids mean nothing here.
#[derive(Debug, Default)]
pub(crate) struct ResponseLog(VecDeque<(String, Arc<[Value]>)>);

impl ResponseLog {
    /// Keeps a response together with the conversation that led to it.
    pub(crate) fn remember(&mut self, id: String, conversation: Vec<Value>) {
        if self.0.len() >= CAPACITY {
            self.0.pop_front();
        }
        self.0.push_back((id, conversation.into()));
    }

    /// The conversation up to and including this response.
    pub(crate) fn conversation(&self, id: &str) -> Option<Arc<[Value]>> {
        let found = self.0.iter().rev().find(|(known, _)| known == id)?;
        Some(Arc::clone(&found.1))
    }

    /// An item of any stored response, by its id.
    pub(crate) fn item(&self, id: &str) -> Option<Value> {
        let conversations = self.0.iter().rev().map(|(_, conversation)| conversation);
        let mut items = conversations.flat_map(|conversation| conversation.iter());
        items.find(|item| item["id"] == id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::{CAPACITY, ResponseLog};
    use serde_json::json;

    #[test]
    fn ids_are_remembered_within_bounds() {
        let mut log = ResponseLog::default();
        for number in 0..=CAPACITY {
            log.remember(
                format!("resp_{number}"),
                vec![json!({"id": format!("msg_{number}")})],
            );
        }
        assert!(log.conversation("resp_0").is_none());
        assert!(log.item("msg_0").is_none());
        assert_eq!(log.conversation("resp_1").map(|items| items.len()), Some(1));
        assert_eq!(log.item("msg_7"), Some(json!({"id": "msg_7"})));
    }
}
