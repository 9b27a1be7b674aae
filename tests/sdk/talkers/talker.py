"""What a case says to an SDK, and what it learns from its answer."""

from dataclasses import dataclass, field
from typing import Optional

# A transparent pixel.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@dataclass(frozen=True)
class Wish:
    """How an answer should be made. What is not set is not sent."""

    system: Optional[str] = None
    temperature: Optional[float] = None
    top_k: Optional[int] = None
    stop: Optional[list] = None
    limit: int = 4096
    think: bool = False
    tools: bool = False
    # The name of the tool that has to be called.
    forced: Optional[str] = None
    # Whether the answer has to be a Capital.
    structured: bool = False


@dataclass(frozen=True)
class Call:
    id: Optional[str]
    name: str
    arguments: dict


@dataclass(frozen=True)
class Result:
    call: Call
    text: str
    failed: bool = False
    # A PNG in base64 beside the text.
    image: Optional[str] = None


@dataclass
class Answer:
    text: str = ""
    thought: str = ""
    calls: list = field(default_factory=list)
    # `end`, `tools`, `limit`, or the SDK's own word for anything else.
    stop: Optional[str] = None
    input_tokens: int = 0
    output_tokens: int = 0


class StreamFailed(Exception):
    """A stream that ended with the protocol's own error, where the SDK does not raise one."""


CAPITAL = {
    "type": "object",
    "properties": {"country": {"type": "string"}, "population": {"type": "integer"}},
    "required": ["country", "population"],
    "additionalProperties": False,
}
