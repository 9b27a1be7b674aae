"""PyPI openai: Responses."""

import openai
from openai import OpenAI
from pydantic import BaseModel

from harness import Suite, contains, equal, expect, raises
from cases import tools

TOOLS = [
    {"type": "function", "name": "weather", "description": "The weather", "parameters": tools.WEATHER_SCHEMA, "strict": True},
    {"type": "function", "name": "time_at", "description": "The time", "parameters": tools.TIME_SCHEMA, "strict": True},
]


class Capital(BaseModel):
    country: str
    population: int


def run(suite: Suite) -> None:
    settings = suite.settings
    api = OpenAI(base_url=f"{settings.base_url}/v1", api_key=settings.key, max_retries=0, timeout=20)
    model = settings.responses_model

    def unary() -> None:
        reply = api.responses.create(model=model, input="hello responses", instructions="Be short.", max_output_tokens=200)
        contains(reply.output_text, "hello responses")
        equal(reply.status, "completed")
        equal(reply.model, model)
        equal(reply.usage.total_tokens, reply.usage.input_tokens + reply.usage.output_tokens)

    def stream() -> None:
        events = list(api.responses.create(model=model, input="hello events", stream=True))
        equal([event.sequence_number for event in events], list(range(len(events))))
        equal(events[0].type, "response.created")
        equal(events[-1].type, "response.completed")
        text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        equal(text, events[-1].response.output_text)
        contains(text, "hello events")

    def stream_helper() -> None:
        with api.responses.stream(model=model, input="hello helper") as events:
            events.until_done()
            contains(events.get_final_response().output_text, "hello helper")

    def tool_loop(stream: bool) -> None:
        history = [{"role": "user", "content": "use the tool please"}]
        if stream:
            with api.responses.stream(model=model, input=history, tools=TOOLS, store=False) as events:
                events.until_done()
                reply = events.get_final_response()
        else:
            reply = api.responses.create(model=model, input=history, tools=TOOLS, store=False)
        [call] = [item for item in reply.output if item.type == "function_call"]
        equal(call.name, "weather")
        result = tools.call(call.name, call.arguments)
        history += [
            {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments},
            {"type": "function_call_output", "call_id": call.call_id, "output": result},
        ]
        second = api.responses.create(model=model, input=history, tools=TOOLS, store=False)
        contains(second.output_text, result)

    def parallel_tools() -> None:
        reply = api.responses.create(model=model, input="use the tools, all of them", tools=TOOLS)
        calls = [item for item in reply.output if item.type == "function_call"]
        equal([call.name for call in calls], ["weather", "time_at"])
        outputs = [
            {"type": "function_call_output", "call_id": call.call_id, "output": tools.call(call.name, call.arguments)}
            for call in calls
        ]
        second = api.responses.create(model=model, input=outputs, tools=TOOLS, previous_response_id=reply.id)
        for output in outputs:
            contains(second.output_text, output["output"])

    def chain() -> None:
        # More turns than a gateway has credentials: each must reach the one that stored the turn before.
        reply = api.responses.create(model=model, input="turn 0")
        seen = reply.usage.input_tokens
        for turn in range(1, 6):
            reply = api.responses.create(model=model, input=f"turn {turn}", previous_response_id=reply.id)
            contains(reply.output_text, f"turn {turn}")
            expect(reply.usage.input_tokens > seen, "the conversation did not grow")
            seen = reply.usage.input_tokens

    def unknown_previous() -> None:
        error = raises(
            openai.BadRequestError,
            lambda: api.responses.create(model=model, input="hi", previous_response_id="resp_nobody_has_this"),
        )
        equal(error.code, "previous_response_not_found")

    def reasoning() -> None:
        reply = api.responses.create(
            model=model,
            input="think about it",
            reasoning={"effort": "low", "summary": "auto"},
            include=["reasoning.encrypted_content"],
            store=False,
        )
        [item] = [item for item in reply.output if item.type == "reasoning"]
        expect(item.encrypted_content, item)
        expect(item.summary[0].text, item)
        history = [{"role": "user", "content": "think about it"}]
        history += [entry.model_dump(exclude_none=True, exclude={"status"}) for entry in reply.output]
        history.append({"role": "user", "content": "and again"})
        second = api.responses.create(model=model, input=history, store=False)
        contains(second.output_text, "and again")

    def parse() -> None:
        reply = api.responses.parse(model=model, input="a capital", text_format=Capital)
        expect(isinstance(reply.output_parsed, Capital), reply)

    def bad_request() -> None:
        raises(openai.BadRequestError, lambda: api.responses.create(model=model, input=[{"role": "nobody", "content": "hi"}]))

    def unknown_model() -> None:
        raises(openai.NotFoundError, lambda: api.responses.create(model=settings.unknown_model, input="hi"))

    suite.case("responses: unary", unary)
    suite.case("responses: stream", stream)
    suite.case("responses: stream helper", stream_helper)
    suite.case("responses: tool, run, second turn", lambda: tool_loop(stream=False))
    suite.case("responses: streamed tool, run, second turn", lambda: tool_loop(stream=True))
    suite.case("responses: parallel tools", parallel_tools)
    suite.case("responses: chain of turns", chain)
    suite.case("responses: unknown previous response", unknown_previous)
    suite.case("responses: reasoning round trip", reasoning)
    suite.case("responses: structured output", parse)
    suite.case("responses: bad request", bad_request)
    suite.case("responses: unknown model", unknown_model)
