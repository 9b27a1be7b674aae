"""PyPI openai: Chat Completions, embeddings, models, error classes."""

import openai
from openai import OpenAI
from pydantic import BaseModel

from harness import Settings, Suite, contains, equal, expect, raises
from cases import tools

TOOLS = [
    {"type": "function", "function": {"name": "weather", "description": "The weather", "parameters": tools.WEATHER_SCHEMA}},
    {"type": "function", "function": {"name": "time_at", "description": "The time", "parameters": tools.TIME_SCHEMA}},
]


class Capital(BaseModel):
    country: str
    population: int


def client(settings: Settings, key: str | None = None) -> OpenAI:
    return OpenAI(base_url=f"{settings.base_url}/v1", api_key=key or settings.key, max_retries=0, timeout=20)


def ask(text: str) -> list:
    return [{"role": "system", "content": "Be short."}, {"role": "user", "content": text}]


def run(suite: Suite) -> None:
    settings = suite.settings
    api = client(settings)
    model = settings.chat_model

    def unary() -> None:
        reply = api.chat.completions.create(model=model, messages=ask("hello chat"), temperature=0.5, max_completion_tokens=200)
        contains(reply.choices[0].message.content, "hello chat")
        equal(reply.choices[0].finish_reason, "stop")
        equal(reply.model, model)
        expect(reply.usage.prompt_tokens > 0, reply.usage)
        equal(reply.usage.total_tokens, reply.usage.prompt_tokens + reply.usage.completion_tokens)

    def stream() -> None:
        chunks = list(api.chat.completions.create(model=model, messages=ask("hello stream"), stream=True))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        contains(text, "hello stream")
        equal(chunks[0].choices[0].delta.role, "assistant")
        equal(len({chunk.id for chunk in chunks}), 1)
        equal([choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason], ["stop"])
        expect(all(chunk.usage is None for chunk in chunks), "usage that nobody asked for")

    def stream_usage() -> None:
        options = {"include_usage": True}
        chunks = list(api.chat.completions.create(model=model, messages=ask("hello usage"), stream=True, stream_options=options))
        equal(chunks[-1].choices, [])
        expect(chunks[-1].usage.total_tokens > 0, chunks[-1])
        expect(all(chunk.usage is None for chunk in chunks[:-1]), "usage before the last chunk")

    def stream_helper() -> None:
        with api.chat.completions.stream(model=model, messages=ask("hello helper")) as events:
            done = [event for event in events if event.type == "content.done"]
            final = events.get_final_completion()
        contains(done[0].content, "hello helper")
        contains(final.choices[0].message.content, "hello helper")

    def tool_loop(stream: bool) -> None:
        messages = ask("use the tool please")
        if stream:
            with api.chat.completions.stream(model=model, messages=messages, tools=TOOLS) as events:
                events.until_done()
                choice = events.get_final_completion().choices[0]
        else:
            choice = api.chat.completions.create(model=model, messages=messages, tools=TOOLS).choices[0]
        equal(choice.finish_reason, "tool_calls")
        [call] = choice.message.tool_calls
        equal(call.function.name, "weather")
        result = tools.call(call.function.name, call.function.arguments)
        function = {"name": call.function.name, "arguments": call.function.arguments}
        messages += [
            {"role": "assistant", "content": None, "tool_calls": [{"id": call.id, "type": "function", "function": function}]},
            {"role": "tool", "tool_call_id": call.id, "content": result},
        ]
        second = api.chat.completions.create(model=model, messages=messages, tools=TOOLS)
        contains(second.choices[0].message.content, result)

    def parallel_tools() -> None:
        messages = ask("use the tools, all of them")
        reply = api.chat.completions.create(model=model, messages=messages, tools=TOOLS)
        message = reply.choices[0].message
        equal([call.function.name for call in message.tool_calls], ["weather", "time_at"])
        expect(len({call.id for call in message.tool_calls}) == 2, "equal call ids")
        messages.append(message.model_dump(exclude_none=True))
        results = []
        for call in message.tool_calls:
            results.append(tools.call(call.function.name, call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": results[-1]})
        second = api.chat.completions.create(model=model, messages=messages, tools=TOOLS)
        for result in results:
            contains(second.choices[0].message.content, result)

    def forced_tool() -> None:
        choice = {"type": "function", "function": {"name": "time_at"}}
        reply = api.chat.completions.create(model=model, messages=ask("hello"), tools=TOOLS, tool_choice=choice)
        equal([call.function.name for call in reply.choices[0].message.tool_calls], ["time_at"])

    def parse() -> None:
        reply = api.chat.completions.parse(model=model, messages=ask("a capital"), response_format=Capital)
        expect(isinstance(reply.choices[0].message.parsed, Capital), reply)

    def image() -> None:
        pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        content = [{"type": "text", "text": "what is this"}, {"type": "image_url", "image_url": {"url": pixel}}]
        reply = api.chat.completions.create(model=model, messages=[{"role": "user", "content": content}])
        contains(reply.choices[0].message.content, "what is this")

    def models() -> None:
        ids = [entry.id for entry in api.models.list()]
        expect(model in ids, ids)
        equal(api.models.retrieve(model).id, model)
        raises(openai.NotFoundError, lambda: api.models.retrieve(settings.unknown_model))

    def wrong_key() -> None:
        wrong = client(settings, "not-a-key-of-anyone")
        error = raises(openai.AuthenticationError, lambda: wrong.chat.completions.create(model=model, messages=ask("hi")))
        equal(error.code, "invalid_api_key")

    def unknown_model() -> None:
        error = raises(
            openai.NotFoundError,
            lambda: api.chat.completions.create(model=settings.unknown_model, messages=ask("hi")),
        )
        equal(error.code, "model_not_found")

    def bad_request() -> None:
        raises(openai.BadRequestError, lambda: api.chat.completions.create(model=model, messages=[]))

    def embeddings() -> None:
        for encoding in ("float", "base64"):
            reply = api.embeddings.create(model=settings.embedding_model, input=["one", "two"], encoding_format=encoding)
            equal([entry.index for entry in reply.data], [0, 1])
        # Without an encoding the SDK asks for base64 and decodes it.
        reply = api.embeddings.create(model=settings.embedding_model, input="one", dimensions=4)
        equal(len(reply.data[0].embedding), 4)
        expect(isinstance(reply.data[0].embedding[0], float), reply.data[0].embedding)

    suite.case("chat: unary", unary)
    suite.case("chat: stream", stream)
    suite.case("chat: stream with usage", stream_usage)
    suite.case("chat: stream helper", stream_helper)
    suite.case("chat: tool, run, second turn", lambda: tool_loop(stream=False))
    suite.case("chat: streamed tool, run, second turn", lambda: tool_loop(stream=True))
    suite.case("chat: parallel tools", parallel_tools)
    suite.case("chat: forced tool", forced_tool)
    suite.case("chat: structured output", parse)
    suite.case("chat: image", image)
    suite.case("chat: models", models)
    suite.case("chat: wrong key", wrong_key)
    suite.case("chat: unknown model", unknown_model)
    suite.case("chat: bad request", bad_request)
    limited = settings.limited(model)
    if limited:
        suite.case("chat: rate limit", lambda: rate_limit(settings, *limited))
    else:
        suite.skip("chat: rate limit", "no LIMITED_KEY or LIMITED_MODEL")
    if settings.embedding_model:
        suite.case("chat: embeddings", embeddings)
    else:
        suite.skip("chat: embeddings", "no EMBEDDING_MODEL")


def rate_limit(settings: Settings, key: str, model: str) -> None:
    api = client(settings, key)
    error = raises(openai.RateLimitError, lambda: api.chat.completions.create(model=model, messages=ask("hi")))
    expect(float(error.response.headers["retry-after"]) >= 1, error.response.headers)
