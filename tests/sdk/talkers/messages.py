"""PyPI anthropic, Messages."""

import anthropic

from cases import tools
from talkers.talker import CAPITAL, Answer, Call

STOPS = {"end_turn": "end", "tool_use": "tools", "max_tokens": "limit"}


class MessagesTalker:
    errors = (anthropic.APIError,)
    result_images = True
    top_k = True
    stops = True
    later_system = False

    def __init__(self, settings, model, stream, retries=0):
        self.api = anthropic.Anthropic(base_url=settings.base_url, api_key=settings.key, max_retries=retries, timeout=20)
        self.model = model
        self.streams = stream
        self.history = []

    def say(self, text, wish):
        self.history.append({"role": "user", "content": text})
        return self.answer(wish)

    def give(self, results, wish):
        blocks = []
        for result in results:
            content = [{"type": "text", "text": result.text}]
            if result.image:
                source = {"type": "base64", "media_type": "image/png", "data": result.image}
                content.append({"type": "image", "source": source})
            block = {"type": "tool_result", "tool_use_id": result.call.id, "content": content}
            blocks.append(block | ({"is_error": True} if result.failed else {}))
        self.history.append({"role": "user", "content": blocks})
        return self.answer(wish)

    def heard(self, text):
        self.history.append({"role": "assistant", "content": text})

    def forget(self):
        for message in self.history:
            if message["role"] == "assistant":
                kinds = ("thinking", "redacted_thinking")
                message["content"] = [block for block in message["content"] if block.type not in kinds]

    def answer(self, wish):
        ask = {"model": self.model, "messages": self.history, "max_tokens": wish.limit}
        if wish.system:
            ask["system"] = wish.system
        # The protocol has them, and this SDK no longer has names for them.
        sampling = {"temperature": wish.temperature, "top_k": wish.top_k}
        ask["extra_body"] = {name: value for name, value in sampling.items() if value is not None}
        if wish.stop:
            ask["stop_sequences"] = wish.stop
        if wish.think:
            ask["thinking"] = {"type": "enabled", "budget_tokens": 2048}
        if wish.tools:
            ask["tools"] = tools.functions("input_schema")
        if wish.forced:
            ask["tool_choice"] = {"type": "tool", "name": wish.forced}
        if wish.structured:
            ask["output_config"] = {"format": {"type": "json_schema", "schema": CAPITAL}}
        if self.streams:
            indices = []
            with self.api.messages.stream(**ask) as events:
                for event in events:
                    if event.type == "content_block_start":
                        indices.append(event.index)
                reply = events.get_final_message()
            assert indices == list(range(len(indices))), f"indices of blocks: {indices}"
        else:
            reply = self.api.messages.create(**ask)
        self.history.append({"role": "assistant", "content": reply.content})
        usage = reply.usage
        cached = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
        return Answer(
            text="".join(block.text for block in reply.content if block.type == "text"),
            thought="".join(block.thinking for block in reply.content if block.type == "thinking"),
            calls=[Call(block.id, block.name, block.input) for block in reply.content if block.type == "tool_use"],
            stop=STOPS.get(reply.stop_reason, reply.stop_reason),
            input_tokens=usage.input_tokens + cached,
            output_tokens=usage.output_tokens,
        )
