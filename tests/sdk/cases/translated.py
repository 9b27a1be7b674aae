"""Every SDK against every upstream that speaks another protocol than it does."""

from harness import Settings, Suite, contains, equal, expect
from cases import tools
from talkers import TALKERS
from talkers.talker import PIXEL, Result, Wish

# `compat` is an OpenAI-compatible host of another vendor.
UPSTREAMS = {"chat": "chat", "compat": "chat", "claude": "claude", "gemini": "gemini", "responses": "responses"}
TOOLS = Wish(tools=True)
THINK = Wish(think=True)


def run(suite: Suite) -> None:
    if not suite.settings.translated:
        suite.skip("translated", "TRANSLATED is not set")
        return
    for client, talker in TALKERS.items():
        for upstream, protocol in UPSTREAMS.items():
            if client == protocol:
                continue
            for stream in (False, True):
                form = " streamed" if stream else ""
                pair = Pair(suite.settings, talker, client, upstream, stream)
                for name, body in pair.cases():
                    suite.case(f"{client} over {upstream}{form}: {name}", body)


class Pair:
    def __init__(self, settings: Settings, talker, client: str, upstream: str, stream: bool):
        self.settings = settings
        self.talker = talker
        self.client = client
        self.upstream = upstream
        self.stream = stream

    def cases(self):
        yield "text", self.text
        yield "settings", self.recited
        yield "turns", self.turns
        yield "begun answer", self.begun
        yield "blank answer", self.blank
        if self.talker.later_system:
            yield "later system message", self.later_system
        yield "tool", self.tool
        yield "parallel tools", self.parallel_tools
        yield "failed tool", self.failed_tool
        yield "forced tool", self.forced_tool
        yield "structured output", self.structured
        yield "structured output beside tools", self.structured_beside_tools
        yield "thinking", self.thinking
        yield "thinking with tools", self.thinking_with_tools
        yield "forgotten thinking", self.forgotten_thinking
        yield "thinking with settings", self.thinking_with_settings
        yield "thinking and a forced tool", self.thinking_and_forced
        if self.upstream == "claude":
            yield "thinking in little room", self.thinking_in_little_room
        yield "cut text", self.cut_text
        yield "cut call", self.cut_call
        yield "refusal", self.refused
        if self.talker.result_images:
            yield "image in a result", self.result_image
        if self.stream:
            yield "error in mid-stream", lambda: self.broken("broken")
            yield "end in mid-stream", lambda: self.broken("cut")
            yield "end in mid-call", self.broken_call

    def talk(self, model: str, retries: int = 0):
        return self.talker(self.settings, f"{self.upstream}-{model}", self.stream, retries)

    def text(self) -> None:
        answer = self.talk("plain").say("hello", Wish())
        contains(answer.text, "hello")
        equal(answer.stop, "end")
        expect(answer.input_tokens > 0, answer)
        expect(answer.output_tokens > 0, answer)

    def recited(self) -> None:
        top_k = self.talker.top_k and self.upstream in ("claude", "gemini")
        stops = self.talker.stops and self.upstream != "responses"
        wish = Wish(system="Be short.", temperature=0.5, limit=321, top_k=7, stop=["never"])
        answer = self.talk("plain").say("recite the settings", wish)
        expected = {"limit": 321, "system": "Be short.", "temperature": 0.5}
        expected |= {"top_k": 7} if top_k else {}
        expected |= {"stop": ["never"]} if stops else {}
        equal(tools.parsed(answer.text), expected)

    def turns(self) -> None:
        talk = self.talk("plain")
        first = talk.say("first turn", Wish(system="Be short."))
        second = talk.say("second turn", Wish(system="Be short."))
        contains(first.text, "first turn")
        contains(second.text, "second turn")
        expect(second.input_tokens > first.input_tokens, (first, second))

    def begun(self) -> None:
        for model in ("plain", "picky"):
            talk = self.talk(model)
            talk.say("first turn", Wish())
            talk.heard("Once upon a time ")
            expect(talk.answer(Wish()).text, model)

    def blank(self) -> None:
        talk = self.talk("plain")
        talk.say("first turn", Wish())
        talk.heard("\n\n")
        contains(talk.say("second turn", Wish()).text, "second turn")

    def later_system(self) -> None:
        for model in ("plain", "picky"):
            talk = self.talk(model)
            talk.say("first turn", Wish(system="Be short."))
            talk.instruct("Be shorter.")
            contains(talk.say("second turn", Wish(system="Be short.")).text, "second turn")

    def tool(self) -> None:
        talk = self.talk("plain")
        answer = talk.say("use the tool please", TOOLS)
        equal(answer.stop, "tools")
        [call] = answer.calls
        equal(call.name, "weather")
        result = tools.call(call.name, call.arguments)
        second = talk.give([Result(call, result)], TOOLS)
        contains(second.text, result)
        equal(second.stop, "end")
        # The conversation goes on with the tool's turn in its history.
        contains(talk.say("third turn", TOOLS).text, "third turn")

    def parallel_tools(self) -> None:
        talk = self.talk("plain")
        answer = talk.say("use the tools, all of them", TOOLS)
        equal([call.name for call in answer.calls], ["weather", "time_at"])
        results = [Result(call, tools.call(call.name, call.arguments)) for call in answer.calls]
        text = talk.give(results, TOOLS).text
        for result in results:
            contains(text, result.text)

    def failed_tool(self) -> None:
        talk = self.talk("plain")
        [call] = talk.say("use the tool please", TOOLS).calls
        contains(talk.give([Result(call, "no such place", failed=True)], TOOLS).text, "no such place")

    def result_image(self) -> None:
        talk = self.talk("thinker" if self.upstream == "gemini" else "plain")
        [call] = talk.say("use the tool please", TOOLS).calls
        text = talk.give([Result(call, "a picture", image=PIXEL)], TOOLS).text
        contains(text, "a picture")
        contains(text, "(images: 1)")

    def forced_tool(self) -> None:
        wish = Wish(tools=True, forced="time_at")
        equal([call.name for call in self.talk("plain").say("hello", wish).calls], ["time_at"])

    def structured(self) -> None:
        answer = self.talk("plain").say("a capital, as JSON", Wish(structured=True))
        equal(sorted(tools.parsed(answer.text)), ["country", "population"])

    def thinking(self) -> None:
        talk = self.talk("thinker")
        answer = talk.say("think about it", THINK)
        contains(answer.text, "think about it")
        # Chat Completions counts its reasoning and does not show it.
        if self.upstream != "chat":
            contains(answer.thought, "Scripted thinking")
        contains(talk.say("and again", THINK).text, "and again")

    def thinking_with_tools(self) -> None:
        wish = Wish(tools=True, think=True)
        talk = self.talk("thinker")
        answer = talk.say("use the tools and think", wish)
        equal(len(answer.calls), 2)
        results = [Result(call, tools.call(call.name, call.arguments)) for call in answer.calls]
        text = talk.give(results, wish).text
        for result in results:
            contains(text, result.text)
        if self.upstream != "chat":
            # The upstream got back the very reasoning, with the seal it had put on it.
            contains(text, "(with its reasoning)")

    def forgotten_thinking(self) -> None:
        wish = Wish(tools=True, think=True)
        talk = self.talk("thinker")
        answer = talk.say("use the tools and think without memory", wish)
        talk.forget()
        text = talk.give([Result(call, "forgotten") for call in answer.calls], wish).text
        contains(text, "forgotten")
        if self.upstream != "chat":
            # The gateway remembers what the client does not.
            contains(text, "(with its reasoning)")

    def thinking_with_settings(self) -> None:
        wish = Wish(system="Be short.", temperature=0.5, top_k=7, think=True, stop=["never"])
        for model in ("thinker", "picky"):
            contains(self.talk(model).say("think as it is set", wish).text, "as it is set")

    def thinking_and_forced(self) -> None:
        wish = Wish(tools=True, think=True, forced="time_at")
        equal([call.name for call in self.talk("thinker").say("hello", wish).calls], ["time_at"])

    def thinking_in_little_room(self) -> None:
        for limit in (1025, 900):
            answer = self.talk("thinker").say("think in little room", Wish(think=True, limit=limit))
            contains(answer.text, "little room")
            equal(bool(answer.thought), limit > 1024)

    def structured_beside_tools(self) -> None:
        wish = Wish(structured=True, tools=True)
        expect(self.talk("plain").say("a capital, as JSON", wish).text, "no answer")

    def cut_text(self) -> None:
        answer = self.talk("plain").say("run into the limit", Wish())
        equal((answer.stop, answer.calls), ("limit", []))
        expect(answer.text, answer)

    def cut_call(self) -> None:
        answer = self.talk("plain").say("use the tool and run into the limit", TOOLS)
        equal(answer.stop, "limit")

    def refused(self) -> None:
        for model, status in (("refused", 400), ("limited", 429)):
            try:
                # With the retries that SDKs make on their own; a limit would have them wait.
                self.talk(model, retries=2 if status == 400 else 0).say("hello", Wish())
            except self.talker.errors as error:
                equal(getattr(error, "status_code", None) or error.code, status)
                expect("scripted refusal" in str(error) or status == 429, str(error))
            else:
                raise AssertionError(f"no error with {model}")

    def broken(self, model: str) -> None:
        try:
            answer = self.talk(model).say("hello to somebody who breaks off in the middle", Wish())
        except self.talker.errors:
            return
        raise AssertionError(f"no error, but {answer}")

    def broken_call(self) -> None:
        try:
            answer = self.talk("halved").say("use the tool please", TOOLS)
        except self.talker.errors:
            return
        raise AssertionError(f"no error, but {answer}")
