"""PyPI google-genai: generation, functions, structured output, counting, embeddings, models."""

from google import genai
from google.genai import errors, types
from pydantic import BaseModel

from harness import Settings, Suite, contains, equal, expect, raises
from cases import tools


class Capital(BaseModel):
    country: str
    population: int


def client(settings: Settings, key: str | None = None) -> genai.Client:
    options = types.HttpOptions(
        base_url=settings.base_url,
        timeout=20_000,
        retry_options=types.HttpRetryOptions(attempts=1),
    )
    return genai.Client(api_key=key or settings.key, vertexai=False, http_options=options)


def declarations() -> types.Tool:
    return types.Tool(
        function_declarations=[
            types.FunctionDeclaration(name="weather", description="The weather", parameters_json_schema=tools.WEATHER_SCHEMA),
            types.FunctionDeclaration(name="time_at", description="The time", parameters_json_schema=tools.TIME_SCHEMA),
        ]
    )


def run(suite: Suite) -> None:
    settings = suite.settings
    api = client(settings)
    model = settings.gemini_model
    manual = types.AutomaticFunctionCallingConfig(disable=True)

    def unary() -> None:
        config = types.GenerateContentConfig(system_instruction="Be short.", temperature=0.5, max_output_tokens=200)
        reply = api.models.generate_content(model=model, contents="hello gemini", config=config)
        contains(reply.text, "hello gemini")
        equal(reply.candidates[0].finish_reason, types.FinishReason.STOP)
        usage = reply.usage_metadata
        expect(usage.prompt_token_count > 0, usage)
        expect(usage.total_token_count >= usage.prompt_token_count + usage.candidates_token_count, usage)

    def stream() -> None:
        chunks = list(api.models.generate_content_stream(model=model, contents="hello stream"))
        contains("".join(chunk.text or "" for chunk in chunks), "hello stream")
        equal(chunks[-1].candidates[0].finish_reason, types.FinishReason.STOP)
        expect(chunks[-1].usage_metadata.total_token_count > 0, chunks[-1].usage_metadata)

    def chat() -> None:
        talk = api.chats.create(model=model)
        contains(talk.send_message("first turn").text, "first turn")
        contains(talk.send_message("second turn").text, "second turn")

    def tool_loop(stream: bool) -> None:
        config = types.GenerateContentConfig(tools=[declarations()], automatic_function_calling=manual)
        question = types.Content(role="user", parts=[types.Part(text="use the tool please")])
        if stream:
            chunks = list(api.models.generate_content_stream(model=model, contents=[question], config=config))
            parts = [part for chunk in chunks for part in (chunk.candidates[0].content.parts or [])]
        else:
            parts = api.models.generate_content(model=model, contents=[question], config=config).candidates[0].content.parts
        parts = [part for part in parts if part.function_call]
        equal([part.function_call.name for part in parts], ["weather"])
        result = tools.call("weather", dict(parts[0].function_call.args))
        response = types.FunctionResponse(id=parts[0].function_call.id, name="weather", response={"result": result})
        history = [
            question,
            types.Content(role="model", parts=parts),
            types.Content(role="user", parts=[types.Part(function_response=response)]),
        ]
        contains(api.models.generate_content(model=model, contents=history, config=config).text, result)

    def parallel_tools() -> None:
        config = types.GenerateContentConfig(tools=[declarations()], automatic_function_calling=manual)
        question = types.Content(role="user", parts=[types.Part(text="use the tools, all of them")])
        reply = api.models.generate_content(model=model, contents=[question], config=config)
        calls = reply.function_calls
        equal([call.name for call in calls], ["weather", "time_at"])
        results = [tools.call(call.name, dict(call.args)) for call in calls]
        answers = [
            types.Part(function_response=types.FunctionResponse(id=call.id, name=call.name, response={"result": result}))
            for call, result in zip(calls, results)
        ]
        history = [question, reply.candidates[0].content, types.Content(role="user", parts=answers)]
        text = api.models.generate_content(model=model, contents=history, config=config).text
        for result in results:
            contains(text, result)

    def automatic_tool() -> None:
        before = len(tools.PLACES)
        config = types.GenerateContentConfig(tools=[tools.weather])
        reply = api.chats.create(model=model, config=config).send_message("use the tool please")
        equal(len(tools.PLACES), before + 1)
        contains(reply.text, "sunny at")

    def forced_tool() -> None:
        calling = types.FunctionCallingConfig(mode="ANY", allowed_function_names=["time_at"])
        config = types.GenerateContentConfig(
            tools=[declarations()],
            automatic_function_calling=manual,
            tool_config=types.ToolConfig(function_calling_config=calling),
        )
        reply = api.models.generate_content(model=model, contents="hello", config=config)
        equal([call.name for call in reply.function_calls], ["time_at"])

    def thoughts() -> None:
        config = types.GenerateContentConfig(thinking_config=types.ThinkingConfig(include_thoughts=True, thinking_budget=1024))
        reply = api.models.generate_content(model=model, contents="think about it", config=config)
        parts = reply.candidates[0].content.parts
        thoughts = [part for part in parts if part.thought]
        expect(thoughts and any(part.thought_signature for part in parts), parts)
        history = [
            types.Content(role="user", parts=[types.Part(text="think about it")]),
            reply.candidates[0].content,
            types.Content(role="user", parts=[types.Part(text="and again")]),
        ]
        contains(api.models.generate_content(model=model, contents=history, config=config).text, "and again")

    def structured() -> None:
        config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=Capital)
        reply = api.models.generate_content(model=model, contents="a capital", config=config)
        expect(isinstance(reply.parsed, Capital), reply.text)

    def structured_json_schema() -> None:
        config = types.GenerateContentConfig(
            response_mime_type="application/json",
            response_json_schema=Capital.model_json_schema(),
        )
        reply = api.models.generate_content(model=model, contents="a capital", config=config)
        Capital.model_validate_json(reply.text)

    def count_tokens() -> None:
        short = api.models.count_tokens(model=model, contents="count me").total_tokens
        longer = api.models.count_tokens(model=model, contents="count me, I am a little longer").total_tokens
        expect(0 < short < longer, (short, longer))

    def models() -> None:
        names = [entry.name for entry in api.models.list()]
        expect(f"models/{model}" in names, names)
        equal(api.models.get(model=model).name, f"models/{model}")

    def wrong_key() -> None:
        wrong = client(settings, "not-a-key-of-anyone")
        error = raises(errors.ClientError, lambda: wrong.models.generate_content(model=model, contents="hi"))
        # Google itself answers a bad API key with 400 API_KEY_INVALID; a gateway may say 401.
        expect(error.code in (400, 401), error)

    def unknown_model() -> None:
        error = raises(errors.ClientError, lambda: api.models.generate_content(model=settings.unknown_model, contents="hi"))
        equal((error.code, error.status), (404, "NOT_FOUND"))

    def bad_request() -> None:
        config = types.GenerateContentConfig(temperature=7)
        error = raises(errors.ClientError, lambda: api.models.generate_content(model=model, contents="hi", config=config))
        equal((error.code, error.status), (400, "INVALID_ARGUMENT"))

    def embeddings() -> None:
        reply = api.models.embed_content(model=settings.gemini_embedding_model, contents=["one", "two"])
        equal(len(reply.embeddings), 2)
        expect(len(reply.embeddings[0].values) > 1, reply.embeddings[0])

    suite.case("gemini: unary", unary)
    suite.case("gemini: stream", stream)
    suite.case("gemini: chat of two turns", chat)
    suite.case("gemini: tool, run, second turn", lambda: tool_loop(stream=False))
    suite.case("gemini: streamed tool, run, second turn", lambda: tool_loop(stream=True))
    suite.case("gemini: parallel tools", parallel_tools)
    suite.case("gemini: automatic function calling", automatic_tool)
    suite.case("gemini: forced tool", forced_tool)
    suite.case("gemini: thoughts round trip", thoughts)
    suite.case("gemini: structured output", structured)
    suite.case("gemini: structured output by JSON schema", structured_json_schema)
    suite.case("gemini: count tokens", count_tokens)
    suite.case("gemini: models", models)
    suite.case("gemini: wrong key", wrong_key)
    suite.case("gemini: unknown model", unknown_model)
    suite.case("gemini: bad request", bad_request)
    limited = settings.limited(model)
    if limited:
        suite.case("gemini: rate limit", lambda: rate_limit(settings, *limited))
    else:
        suite.skip("gemini: rate limit", "no LIMITED_KEY or LIMITED_MODEL")
    if settings.gemini_embedding_model:
        suite.case("gemini: embeddings", embeddings)
    else:
        suite.skip("gemini: embeddings", "no GEMINI_EMBEDDING_MODEL")


def rate_limit(settings: Settings, key: str, model: str) -> None:
    api = client(settings, key)
    error = raises(errors.ClientError, lambda: api.models.generate_content(model=model, contents="hi"))
    equal((error.code, error.status), (429, "RESOURCE_EXHAUSTED"))
