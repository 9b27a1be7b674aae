#!/usr/bin/env python3
"""Uses the vendors' own SDKs against a gateway (or straight against a scripted upstream).

Environment:
  BASE_URL                 http://127.0.0.1:8317, without a path
  CLIENT_KEY               a key the gateway accepts
  CHAT_MODEL               a model for Chat Completions
  RESPONSES_MODEL          a model for Responses
  MESSAGES_MODEL           a model for Anthropic Messages
  GEMINI_MODEL             a model for Gemini
  EMBEDDING_MODEL          optional: a model for OpenAI embeddings
  GEMINI_EMBEDDING_MODEL   optional: a model for Gemini embeddings
  UNKNOWN_MODEL            optional: a model nobody serves (default no-such-model)
  LIMITED_MODEL            optional: a model that is always answered with 429
  LIMITED_KEY              optional: a client key that is always answered with 429
  TRANSLATED               optional: any text, if the gateway also serves the models of
                           cases/translated.py: UPSTREAM-plain, -thinker, -picky, -refused,
                           -limited, -broken, -cut and -halved

Arguments: words; only cases whose name contains one of them run.
Prints one line per case and a closing line; exits 1 if a case failed.
"""

import sys

from harness import Settings, Suite
from cases import chat, gemini, messages, responses, translated


def main() -> int:
    suite = Suite(Settings.from_environment(), only=sys.argv[1:])
    for module in (chat, responses, messages, gemini, translated):
        module.run(suite)
    return suite.close()


if __name__ == "__main__":
    sys.exit(main())
