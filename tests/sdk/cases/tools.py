"""The functions that models call here, really executed."""

import json

PLACES: list[str] = []


def weather(place: str, days: int) -> str:
    """The weather at a place.

    Args:
        place: Where.
        days: How many days ahead.
    """
    PLACES.append(place)
    return f"sunny at {place} for {days} day(s)"


def time_at(place: str) -> str:
    """The time at a place.

    Args:
        place: Where.
    """
    return f"noon at {place}"


FUNCTIONS = {"weather": weather, "time_at": time_at}

WEATHER_SCHEMA = {
    "type": "object",
    "properties": {"place": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["place", "days"],
    "additionalProperties": False,
}

TIME_SCHEMA = {
    "type": "object",
    "properties": {"place": {"type": "string"}},
    "required": ["place"],
    "additionalProperties": False,
}


def call(name: str, arguments: object) -> str:
    """Runs a function with arguments as an object or as JSON text."""
    if isinstance(arguments, str):
        arguments = json.loads(arguments)
    return FUNCTIONS[name](**arguments)


def functions(schema: str) -> list:
    """The functions as a vendor declares them, which calls the schema as given."""
    described = (("weather", "The weather", WEATHER_SCHEMA), ("time_at", "The time", TIME_SCHEMA))
    return [{"name": name, "description": text, schema: parameters} for name, text, parameters in described]


def parsed(text: str) -> dict:
    """The JSON in an answer, also where a model was only asked for it in words."""
    return json.loads(text)
