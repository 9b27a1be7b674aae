"""PyPI google-genai."""

import base64

from google import genai
from google.genai import errors, types

from cases import tools
from talkers.talker import CAPITAL, Answer, Call

STOPS = {types.FinishReason.STOP: "end", types.FinishReason.MAX_TOKENS: "limit"}


class GeminiTalker:
    errors = (errors.APIError,)
    result_images = True
    top_k = True
    stops = True
    later_system = False

    def __init__(self, settings, model, stream, retries=0):
        retry = types.HttpRetryOptions(attempts=1 + retries, initial_delay=0.01, max_delay=0.01)
        options = types.HttpOptions(base_url=settings.base_url, timeout=20_000, retry_options=retry)
        self.api = genai.Client(api_key=settings.key, vertexai=False, http_options=options)
        self.model = model
        self.streams = stream
        self.history = []

    def say(self, text, wish):
        self.history.append(types.Content(role="user", parts=[types.Part(text=text)]))
        return self.answer(wish)

    def give(self, results, wish):
        parts = []
        for result in results:
            response = types.FunctionResponse(
                id=result.call.id,
                name=result.call.name,
                response={"error" if result.failed else "result": result.text},
            )
            if result.image:
                blob = types.FunctionResponseBlob(mime_type="image/png", data=base64.b64decode(result.image))
                response.parts = [types.FunctionResponsePart(inline_data=blob)]
            parts.append(types.Part(function_response=response))
        self.history.append(types.Content(role="user", parts=parts))
        return self.answer(wish)

    def heard(self, text):
        self.history.append(types.Content(role="model", parts=[types.Part(text=text)]))

    def forget(self):
        for content in self.history:
            content.parts = [part for part in content.parts if not part.thought]
            for part in content.parts:
                part.thought_signature = None

    def answer(self, wish):
        config = types.GenerateContentConfig(
            max_output_tokens=wish.limit,
            system_instruction=wish.system,
            temperature=wish.temperature,
            top_k=wish.top_k,
            stop_sequences=wish.stop,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )
        if wish.think:
            config.thinking_config = types.ThinkingConfig(include_thoughts=True, thinking_budget=2048)
        if wish.tools:
            declarations = [types.FunctionDeclaration(**function) for function in tools.functions("parameters_json_schema")]
            config.tools = [types.Tool(function_declarations=declarations)]
        if wish.forced:
            calling = types.FunctionCallingConfig(mode="ANY", allowed_function_names=[wish.forced])
            config.tool_config = types.ToolConfig(function_calling_config=calling)
        if wish.structured:
            config.response_mime_type = "application/json"
            config.response_json_schema = CAPITAL
        ask = {"model": self.model, "contents": self.history, "config": config}
        if self.streams:
            chunks = list(self.api.models.generate_content_stream(**ask))
        else:
            chunks = [self.api.models.generate_content(**ask)]
        candidates = [chunk.candidates[0] for chunk in chunks if chunk.candidates]
        contents = [candidate.content for candidate in candidates if candidate.content]
        parts = [part for content in contents for part in content.parts or []]
        stops = [candidate.finish_reason for candidate in candidates if candidate.finish_reason]
        assert len(stops) == 1, f"finish reasons: {stops}"
        # An empty text is how the last frame of a stream may look, and is no part of the answer.
        kept = [part for part in parts if part.text != "" or part.thought_signature]
        self.history.append(types.Content(role="model", parts=kept))
        usage = chunks[-1].usage_metadata
        calls = [part.function_call for part in parts if part.function_call]
        stop = STOPS.get(stops[0], stops[0])
        return Answer(
            text="".join(part.text for part in parts if part.text and not part.thought),
            thought="".join(part.text for part in parts if part.text and part.thought),
            calls=[Call(call.id, call.name, dict(call.args or {})) for call in calls],
            stop="tools" if calls and stop == "end" else stop,
            input_tokens=usage.prompt_token_count,
            output_tokens=(usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0),
        )
