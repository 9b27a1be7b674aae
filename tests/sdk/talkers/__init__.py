"""One class per SDK, all with the same face, so that a case is written once for all of them."""

from talkers.chat import ChatTalker
from talkers.gemini import GeminiTalker
from talkers.messages import MessagesTalker
from talkers.responses import ResponsesTalker

TALKERS = {
    "chat": ChatTalker,
    "claude": MessagesTalker,
    "gemini": GeminiTalker,
    "responses": ResponsesTalker,
}
