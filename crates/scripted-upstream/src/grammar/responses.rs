//! The grammar of Responses streams.

use super::{Event, Machine, Outcome, require};
use serde_json::Value;

#[derive(Debug, Default)]
pub(super) struct Responses {
    sequence: u64,
    created: bool,
    in_progress: bool,
    /// By output index.
    items: Vec<Item>,
}

/// An item between its `added` and its `done`.
#[derive(Debug)]
struct Item {
    id: Value,
    /// What the deltas of the current piece have said.
    said: String,
    done: Option<Value>,
}

impl Machine for Responses {
    fn event(&mut self, event: &Event) -> Result<Option<Outcome>, String> {
        let (kind, value) = event.typed()?;
        let number = value["sequence_number"].as_u64();
        require(
            number == Some(self.sequence),
            "sequence numbers are not 0, 1, 2",
        )?;
        self.sequence += 1;
        if kind == "error" {
            return Ok(Some(Outcome::Failed));
        }
        match (self.created, self.in_progress, kind.as_str()) {
            (false, _, "response.created") => self.created = true,
            (true, false, "response.in_progress") => self.in_progress = true,
            (true, _, "response.failed") => {
                return self.end(&value, false).map(|()| Some(Outcome::Failed));
            }
            (true, true, "response.completed" | "response.incomplete") => {
                return self.end(&value, true).map(|()| Some(Outcome::Completed));
            }
            (true, true, "response.output_item.added") => self.added(&value)?,
            (true, true, "response.output_item.done") => self.done(&value)?,
            (true, true, _) => self.piece(&kind, &value)?,
            _ => return Err(format!("{kind} comes before created and in_progress")),
        }
        Ok(None)
    }
}

impl Responses {
    fn added(&mut self, value: &Value) -> Result<(), String> {
        let index = value["output_index"].as_u64();
        require(
            index == Some(self.items.len() as u64),
            "output indices are not dense",
        )?;
        self.items.push(Item {
            id: value["item"]["id"].clone(),
            said: String::new(),
            done: None,
        });
        Ok(())
    }

    fn done(&mut self, value: &Value) -> Result<(), String> {
        let item = self.open(value)?;
        require(item.id == value["item"]["id"], "an item's id changes")?;
        item.done = Some(value["item"].clone());
        Ok(())
    }

    /// An event inside an item: deltas add up to what the matching `done` says.
    fn piece(&mut self, kind: &str, value: &Value) -> Result<(), String> {
        let item = self.open(value)?;
        require(
            item.id == value["item_id"],
            "a piece belongs to another item",
        )?;
        if kind.ends_with(".delta") {
            item.said
                .push_str(value["delta"].as_str().ok_or("a delta is no text")?);
            return Ok(());
        }
        let whole = ["text", "arguments", "input", "refusal"]
            .iter()
            .find_map(|name| value[name].as_str());
        if let (true, Some(whole)) = (kind.ends_with(".done"), whole) {
            require(
                item.said == whole,
                "the deltas do not add up to the done event",
            )?;
            item.said.clear();
        }
        Ok(())
    }

    fn open(&mut self, value: &Value) -> Result<&mut Item, String> {
        let index = value["output_index"]
            .as_u64()
            .and_then(|index| usize::try_from(index).ok());
        let item = index
            .and_then(|index| self.items.get_mut(index))
            .ok_or("an item that was not added")?;
        require(item.done.is_none(), "an item goes on after it was done")?;
        Ok(item)
    }

    fn end(&self, value: &Value, complete: bool) -> Result<(), String> {
        let finished: Vec<&Value> = self
            .items
            .iter()
            .filter_map(|item| item.done.as_ref())
            .collect();
        require(
            !complete || finished.len() == self.items.len(),
            "the end comes while an item is open",
        )?;
        let output = value["response"]["output"]
            .as_array()
            .ok_or("the response has no output")?;
        require(
            output.iter().eq(finished),
            "the output is not the finished items in order",
        )?;
        let usage = &value["response"]["usage"];
        require(
            !complete || usage["total_tokens"].is_u64(),
            "a finished response has no usage",
        )
    }
}
