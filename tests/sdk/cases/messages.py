"""PyPI anthropic: Messages, token counts, models, error classes."""

import anthropic
from anthropic import Anthropic

from harness import Settings, Suite, contains, equal, expect, raises
from cases import tools

TOOLS = [
    {"name": "weather", "description": "The weather", "input_schema": tools.WEATHER_SCHEMA},
    {"name": "time_at", "description": "The time", "input_schema": tools.TIME_SCHEMA},
]


def client(settings: Settings, key: str | None = None) -> Anthropic:
    return Anthropic(base_url=settings.base_url, api_key=key or settings.key, max_retries=0, timeout=20)


def text_of(message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def run(suite: Suite) -> None:
    settings = suite.settings
    api = client(settings)
    model = settings.messages_model

    def create(text: str, **more):
        return api.messages.create(model=model, max_tokens=4096, messages=[{"role": "user", "content": text}], **more)

    def unary() -> None:
        reply = create("hello messages", system="Be short.", stop_sequences=["never"])
        contains(text_of(reply), "hello messages")
        equal(reply.stop_reason, "end_turn")
        equal(reply.model, model)
        expect(reply.usage.input_tokens + (reply.usage.cache_read_input_tokens or 0) > 0, reply.usage)

    def stream() -> None:
        with api.messages.stream(model=model, max_tokens=200, messages=[{"role": "user", "content": "hello stream"}]) as events:
            text = "".join(events.text_stream)
            final = events.get_final_message()
        contains(text, "hello stream")
        equal(text, text_of(final))
        equal(final.stop_reason, "end_turn")
        expect(final.usage.output_tokens > 0, final.usage)

    def raw_stream() -> None:
        events = list(create("hello raw", stream=True))
        equal(events[0].type, "message_start")
        equal([event.type for event in events[-2:]], ["message_delta", "message_stop"])
        starts = [event.index for event in events if event.type == "content_block_start"]
        equal(starts, list(range(len(starts))))

    def tool_loop(stream: bool) -> None:
        messages = [{"role": "user", "content": "use the tool please"}]
        common = {"model": model, "max_tokens": 4096, "tools": TOOLS}
        if stream:
            with api.messages.stream(messages=messages, **common) as events:
                reply = events.get_final_message()
        else:
            reply = api.messages.create(messages=messages, **common)
        equal(reply.stop_reason, "tool_use")
        [call] = [block for block in reply.content if block.type == "tool_use"]
        result = tools.call(call.name, call.input)
        messages += [
            {"role": "assistant", "content": reply.content},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": result}]},
        ]
        contains(text_of(api.messages.create(messages=messages, **common)), result)

    def parallel_tools() -> None:
        reply = create("use the tools, all of them", tools=TOOLS)
        calls = [block for block in reply.content if block.type == "tool_use"]
        equal([call.name for call in calls], ["weather", "time_at"])
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": tools.call(call.name, call.input)} for call in calls
        ]
        messages = [
            {"role": "user", "content": "use the tools, all of them"},
            {"role": "assistant", "content": reply.content},
            {"role": "user", "content": results},
        ]
        second = api.messages.create(model=model, max_tokens=4096, tools=TOOLS, messages=messages)
        for result in results:
            contains(text_of(second), result["content"])

    def thinking(stream: bool) -> None:
        ask = {"role": "user", "content": "use the tool and think"}
        common = {
            "model": model,
            "max_tokens": 4096,
            "tools": TOOLS,
            "thinking": {"type": "enabled", "budget_tokens": 1024},
        }
        if stream:
            with api.messages.stream(messages=[ask], **common) as events:
                reply = events.get_final_message()
        else:
            reply = api.messages.create(messages=[ask], **common)
        equal([block.type for block in reply.content], ["thinking", "tool_use"])
        expect(reply.content[0].thinking and reply.content[0].signature, reply.content[0])
        result = tools.call(reply.content[1].name, reply.content[1].input)
        answer = {"type": "tool_result", "tool_use_id": reply.content[1].id, "content": result}
        messages = [ask, {"role": "assistant", "content": reply.content}, {"role": "user", "content": [answer]}]
        second = api.messages.create(messages=messages, **common)
        contains(text_of(second), result)

    def structured() -> None:
        schema = {
            "type": "object",
            "properties": {"country": {"type": "string"}, "population": {"type": "integer"}},
            "required": ["country", "population"],
            "additionalProperties": False,
        }
        reply = create("a capital", output_config={"format": {"type": "json_schema", "schema": schema}})
        contains(text_of(reply), '"country"')

    def count_tokens() -> None:
        messages = [{"role": "user", "content": "count me"}]
        short = api.messages.count_tokens(model=model, messages=messages).input_tokens
        longer = api.messages.count_tokens(model=model, messages=messages, system="A system prompt.", tools=TOOLS).input_tokens
        expect(0 < short < longer, (short, longer))

    def models() -> None:
        # Small pages, so that the helper has to ask for more than one.
        ids = [entry.id for entry in api.models.list(limit=2)]
        expect(model in ids, ids)
        equal(len(ids), len(set(ids)))
        equal(api.models.retrieve(model).id, model)

    def wrong_key() -> None:
        wrong = client(settings, "not-a-key-of-anyone")
        raises(
            anthropic.AuthenticationError,
            lambda: wrong.messages.create(model=model, max_tokens=10, messages=[{"role": "user", "content": "hi"}]),
        )

    def unknown_model() -> None:
        raises(
            anthropic.NotFoundError,
            lambda: api.messages.create(model=settings.unknown_model, max_tokens=10, messages=[{"role": "user", "content": "hi"}]),
        )

    def bad_request() -> None:
        raises(anthropic.BadRequestError, lambda: api.messages.create(model=model, max_tokens=10, messages=[]))

    suite.case("messages: unary", unary)
    suite.case("messages: stream", stream)
    suite.case("messages: raw stream", raw_stream)
    suite.case("messages: tool, run, second turn", lambda: tool_loop(stream=False))
    suite.case("messages: streamed tool, run, second turn", lambda: tool_loop(stream=True))
    suite.case("messages: parallel tools", parallel_tools)
    suite.case("messages: thinking round trip", lambda: thinking(stream=False))
    suite.case("messages: streamed thinking round trip", lambda: thinking(stream=True))
    suite.case("messages: structured output", structured)
    suite.case("messages: count tokens", count_tokens)
    suite.case("messages: models in pages", models)
    suite.case("messages: wrong key", wrong_key)
    suite.case("messages: unknown model", unknown_model)
    suite.case("messages: bad request", bad_request)
    limited = settings.limited(model)
    if limited:
        suite.case("messages: rate limit", lambda: rate_limit(settings, *limited))
    else:
        suite.skip("messages: rate limit", "no LIMITED_KEY or LIMITED_MODEL")


def rate_limit(settings: Settings, key: str, model: str) -> None:
    api = client(settings, key)
    error = raises(
        anthropic.RateLimitError,
        lambda: api.messages.create(model=model, max_tokens=10, messages=[{"role": "user", "content": "hi"}]),
    )
    expect(float(error.response.headers["retry-after"]) >= 1, error.response.headers)
