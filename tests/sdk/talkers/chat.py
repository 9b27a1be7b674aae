"""PyPI openai, Chat Completions."""

import json

import openai

from cases import tools
from talkers.talker import CAPITAL, Answer, Call

STOPS = {"stop": "end", "tool_calls": "tools", "length": "limit"}


class ChatTalker:
    errors = (openai.APIError,)
    # What this protocol can say.
    result_images = False
    top_k = False
    stops = True
    later_system = True

    def __init__(self, settings, model, stream, retries=0):
        self.api = openai.OpenAI(base_url=f"{settings.base_url}/v1", api_key=settings.key, max_retries=retries, timeout=20)
        self.model = model
        self.streams = stream
        self.history = []

    def say(self, text, wish):
        if wish.system and not self.history:
            self.history.append({"role": "system", "content": wish.system})
        self.history.append({"role": "user", "content": text})
        return self.answer(wish)

    def give(self, results, wish):
        for result in results:
            self.history.append({"role": "tool", "tool_call_id": result.call.id, "content": result.text})
        return self.answer(wish)

    def heard(self, text):
        self.history.append({"role": "assistant", "content": text})

    def instruct(self, text):
        self.history.append({"role": "system", "content": text})

    def forget(self):
        for message in self.history:
            for name in ("reasoning_content", "reasoning_details"):
                message.pop(name, None)
            for call in message.get("tool_calls") or []:
                call.pop("extra_content", None)

    def answer(self, wish):
        ask = {"model": self.model, "messages": self.history, "max_completion_tokens": wish.limit}
        if wish.temperature is not None:
            ask["temperature"] = wish.temperature
        if wish.stop:
            ask["stop"] = wish.stop
        if wish.think:
            ask["reasoning_effort"] = "medium"
        if wish.tools:
            ask["tools"] = [{"type": "function", "function": function} for function in tools.functions("parameters")]
        if wish.forced:
            ask["tool_choice"] = {"type": "function", "function": {"name": wish.forced}}
        if wish.structured:
            ask["response_format"] = {"type": "json_schema", "json_schema": {"name": "capital", "strict": True, "schema": CAPITAL}}
        if self.streams:
            # The helper of the SDK raises at a reply that was cut off, so the chunks are put together here.
            reply = assemble(self.api.chat.completions.create(stream=True, stream_options={"include_usage": True}, **ask))
        else:
            reply = self.api.chat.completions.create(**ask).model_dump(exclude_none=True)
        [choice] = reply["choices"]
        message = choice["message"]
        # As many clients send it back: an empty text beside the calls.
        self.history.append({"content": ""} | message)
        return Answer(
            text=message.get("content") or "",
            thought=message.get("reasoning_content") or "",
            calls=[
                Call(call["id"], call["function"]["name"], parsed(call["function"]["arguments"]))
                for call in message.get("tool_calls") or []
            ],
            stop=STOPS.get(choice["finish_reason"], choice["finish_reason"]),
            input_tokens=reply["usage"]["prompt_tokens"],
            output_tokens=reply["usage"]["completion_tokens"],
        )


def parsed(arguments):
    """The arguments, or their text where they were cut off."""
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def assemble(chunks):
    """One reply out of its chunks, as every client of this protocol does it."""
    message = {"role": "assistant", "content": None}
    reply = {"choices": [{"message": message, "finish_reason": None}], "usage": None}
    calls, details = {}, {}
    for chunk in chunks:
        chunk = chunk.model_dump(exclude_none=True)
        reply["usage"] = chunk.get("usage") or reply["usage"]
        for choice in chunk["choices"]:
            delta = choice["delta"]
            for name in ("content", "reasoning_content"):
                if delta.get(name):
                    message[name] = (message.get(name) or "") + delta[name]
            for entry in delta.get("reasoning_details") or []:
                known = details.setdefault(entry.get("index", len(details)), {})
                known.update({key: value for key, value in entry.items() if key != "text"})
                if "text" in entry:
                    known["text"] = known.get("text", "") + entry["text"]
            for piece in delta.get("tool_calls") or []:
                call = calls.setdefault(piece["index"], {"function": {"name": "", "arguments": ""}})
                function = piece.pop("function", {})
                call.update({key: value for key, value in piece.items() if key != "index"})
                for name, text in function.items():
                    call["function"][name] += text
            if choice.get("finish_reason"):
                assert reply["choices"][0]["finish_reason"] is None, "two finish reasons"
                reply["choices"][0]["finish_reason"] = choice["finish_reason"]
    assert reply["choices"][0]["finish_reason"], "the stream ends without a finish reason"
    assert sorted(calls) == list(range(len(calls))), f"indices of calls: {sorted(calls)}"
    if calls:
        message["tool_calls"] = [calls[index] for index in sorted(calls)]
    if details:
        message["reasoning_details"] = [details[index] for index in sorted(details)]
    return reply
