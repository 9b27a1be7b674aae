"""PyPI openai, Responses."""

import openai

from cases import tools
from talkers.chat import parsed
from talkers.talker import CAPITAL, Answer, Call, StreamFailed

ENDS = ("response.completed", "response.incomplete")


class ResponsesTalker:
    errors = (openai.APIError, StreamFailed)
    result_images = True
    top_k = False
    stops = False
    later_system = True

    def __init__(self, settings, model, stream, retries=0):
        self.api = openai.OpenAI(base_url=f"{settings.base_url}/v1", api_key=settings.key, max_retries=retries, timeout=20)
        self.model = model
        self.streams = stream
        self.history = []

    def say(self, text, wish):
        self.history.append({"role": "user", "content": text})
        return self.answer(wish)

    def give(self, results, wish):
        for result in results:
            output = result.text
            if result.image:
                image = {"type": "input_image", "image_url": f"data:image/png;base64,{result.image}"}
                output = [{"type": "input_text", "text": result.text}, image]
            self.history.append({"type": "function_call_output", "call_id": result.call.id, "output": output})
        return self.answer(wish)

    def heard(self, text):
        self.history.append({"role": "assistant", "content": text})

    def instruct(self, text):
        self.history.append({"role": "developer", "content": text})

    def forget(self):
        self.history = [item for item in self.history if item.get("type") != "reasoning"]

    def answer(self, wish):
        # The first turn is sent as one text, which is the same as a list of one message.
        first = len(self.history) == 1
        ask = {
            "model": self.model,
            "input": self.history[0]["content"] if first else self.history,
            "max_output_tokens": wish.limit,
            "store": False,
        }
        if wish.system:
            ask["instructions"] = wish.system
        if wish.temperature is not None:
            ask["temperature"] = wish.temperature
        if wish.think:
            ask["reasoning"] = {"effort": "medium", "summary": "auto"}
            ask["include"] = ["reasoning.encrypted_content"]
        if wish.tools:
            ask["tools"] = [{"type": "function", "strict": False} | function for function in tools.functions("parameters")]
        if wish.forced:
            ask["tool_choice"] = {"type": "function", "name": wish.forced}
        if wish.structured:
            ask["text"] = {"format": {"type": "json_schema", "name": "capital", "strict": True, "schema": CAPITAL}}
        reply = self.stream(ask) if self.streams else self.api.responses.create(**ask)
        if reply.status == "failed":
            raise StreamFailed(reply.error)
        self.history += [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in reply.output]
        calls = [item for item in reply.output if item.type == "function_call"]
        stop = "tools" if calls else "end"
        if reply.status == "incomplete":
            stop = {"max_output_tokens": "limit"}.get(reply.incomplete_details.reason, reply.incomplete_details.reason)
        return Answer(
            text=reply.output_text,
            thought="".join(part.text for item in reply.output if item.type == "reasoning" for part in item.summary),
            calls=[Call(call.call_id, call.name, parsed(call.arguments)) for call in calls],
            stop=stop,
            input_tokens=reply.usage.input_tokens,
            output_tokens=reply.usage.output_tokens,
        )

    def stream(self, ask):
        """The response of the last event, which the events before it have to agree with."""
        final, text, added, done = None, "", [], []
        for number, event in enumerate(self.api.responses.create(stream=True, **ask)):
            assert event.sequence_number == number, f"event {number} says {event.sequence_number}"
            assert final is None, f"{event.type} after the end"
            if event.type == "error":
                raise StreamFailed(event.message)
            if event.type == "response.failed":
                raise StreamFailed(event.response.error)
            if event.type == "response.output_item.added":
                added.append(event.output_index)
            if event.type == "response.output_item.done":
                done.append((event.output_index, event.item.id))
            if event.type == "response.output_text.delta":
                text += event.delta
            if event.type in ENDS:
                final = event.response
        assert final is not None, "the stream ends without an end"
        assert added == list(range(len(added))), f"output indices {added}"
        assert done == list(enumerate(item.id for item in final.output)), (done, final.output)
        assert text == final.output_text, (text, final.output_text)
        return final
