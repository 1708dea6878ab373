"""The JSON Schema of scenario files, which editors use to complete and to check while one types."""

import json
from collections.abc import Iterator
from typing import Any

from sim.scenario.scenario import Scenario

TITLE = "siyu scenario"  # by which a schema that siyu wrote is known


def scenario_schema() -> dict[str, Any]:
    """What a scenario file may hold: the models' own schema, with `extends`, and markets and responses named by a path."""
    schema = Scenario.model_json_schema(by_alias=True, mode="validation")
    # an extending file replaces lists whole, so their items need what they need; elsewhere the base may have it
    items = set(_in_lists(schema))
    for name, part in schema["$defs"].items():
        if name not in items:
            part.pop("required", None)
    schema.pop("required")
    _drop_titles(schema)
    market = schema["properties"]["market"]
    description = market.pop("description")
    response = schema["properties"]["response"]
    told = response.pop("description")
    schema["properties"] = {
        "extends": {
            "type": "string",
            "description": "path of a scenario to start from; mappings merge, lists are replaced",
        },
        **schema["properties"],
        "market": {"description": description, "anyOf": [{"type": "string"}, market]},
        "response": {"description": told, "anyOf": [{"type": "string"}, response]},
    }
    of_file = {"type": "string", "description": "path of a response file, which the keys beside it change"}
    schema["$defs"]["Response"]["properties"] = {"file": of_file, **schema["$defs"]["Response"]["properties"]}
    schema["anyOf"] = [{"required": ["extends"]}, {"required": ["market"]}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": TITLE}


def _in_lists(schema: Any) -> Iterator[str]:
    """The names of the definitions that items of lists refer to."""
    if isinstance(schema, dict):
        reference = schema["items"].get("$ref") if isinstance(schema.get("items"), dict) else None
        if reference:
            yield reference.rpartition("/")[2]
    for inside in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _in_lists(inside)


def _drop_titles(schema: dict[str, Any]) -> None:
    for part in (schema, *schema["$defs"].values()):
        part.pop("title", None)
        for field in part.get("properties", {}).values():
            field.pop("title", None)


def schema_text() -> str:
    """The schema as the text of scenarios/schema.json."""
    return json.dumps(scenario_schema(), ensure_ascii=False, indent=1) + "\n"
