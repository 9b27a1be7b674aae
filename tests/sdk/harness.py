"""Settings, and the few words that every case is written with."""

import os
import sys
import traceback
from dataclasses import dataclass
from typing import Callable, Optional


@dataclass(frozen=True)
class Settings:
    base_url: str
    key: str
    chat_model: str
    responses_model: str
    messages_model: str
    gemini_model: str
    embedding_model: Optional[str]
    gemini_embedding_model: Optional[str]
    unknown_model: str
    limited_model: Optional[str]
    limited_key: Optional[str]
    translated: bool

    @classmethod
    def from_environment(cls) -> "Settings":
        def needed(name: str) -> str:
            value = os.environ.get(name)
            if not value:
                sys.exit(f"{name} is not set; see the head of run.py")
            return value

        return cls(
            base_url=needed("BASE_URL").rstrip("/"),
            key=needed("CLIENT_KEY"),
            chat_model=needed("CHAT_MODEL"),
            responses_model=needed("RESPONSES_MODEL"),
            messages_model=needed("MESSAGES_MODEL"),
            gemini_model=needed("GEMINI_MODEL"),
            embedding_model=os.environ.get("EMBEDDING_MODEL"),
            gemini_embedding_model=os.environ.get("GEMINI_EMBEDDING_MODEL"),
            unknown_model=os.environ.get("UNKNOWN_MODEL", "no-such-model"),
            limited_model=os.environ.get("LIMITED_MODEL"),
            limited_key=os.environ.get("LIMITED_KEY"),
            translated=bool(os.environ.get("TRANSLATED")),
        )

    def limited(self, model: str) -> Optional[tuple[str, str]]:
        """The key and the model of a request that must be answered with 429."""
        if not (self.limited_key or self.limited_model):
            return None
        return self.limited_key or self.key, self.limited_model or model


class Suite:
    """Runs cases one after the other and remembers how they went."""

    def __init__(self, settings: Settings, only: list[str]):
        self.settings = settings
        self.only = only
        self.passed = 0
        self.failed = 0

    def case(self, name: str, body: Callable[[], None]) -> None:
        if self.only and not any(word in name for word in self.only):
            return
        try:
            body()
        except Exception as error:  # Whatever a case throws is its failure.
            self.failed += 1
            print(f"FAIL {name}")
            where = traceback.extract_tb(error.__traceback__)
            own = [frame for frame in where if "/sdk/" in frame.filename] or where[-1:]
            for frame in own[-2:]:
                print(f"     {os.path.basename(frame.filename)}:{frame.lineno} {frame.line}")
            print(f"     {type(error).__name__}: {str(error)[:600]}")
        else:
            self.passed += 1
            print(f"ok   {name}")

    def skip(self, name: str, why: str) -> None:
        print(f"skip {name} ({why})")

    def close(self) -> int:
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def expect(holds: object, what: object) -> None:
    """Fails unless `holds`; `what` is shown."""
    if not holds:
        raise AssertionError(what)


def equal(got: object, wanted: object) -> None:
    expect(got == wanted, f"got {got!r}, wanted {wanted!r}")


def contains(text: Optional[str], piece: str) -> None:
    expect(text is not None and piece in text, f"{piece!r} is not in {text!r}")


def raises(kind: type, body: Callable[[], object]) -> Exception:
    """The error `body` throws, which must be exactly of this kind."""
    try:
        body()
    except Exception as error:
        expect(type(error) is kind, f"got {type(error).__name__}: {error}, wanted {kind.__name__}")
        return error
    raise AssertionError(f"no {kind.__name__}")
