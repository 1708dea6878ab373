"""The JSON Schema of scenario files, which editors use to complete and to check while one types."""

import json
from typing import Any

from sim.scenario.scenario import Scenario

TITLE = "siyu scenario"  # by which a schema that siyu wrote is known
# an extending file replaces lists whole, so their items need what they need; elsewhere the base may have it
_WHOLE = ("Channel", "Coupon", "Peak")


def scenario_schema() -> dict[str, Any]:
    """What a scenario file may hold: the models' own schema, with `extends` and markets named by a path."""
    schema = Scenario.model_json_schema(by_alias=True, mode="validation")
    for name, part in schema["$defs"].items():
        if name not in _WHOLE:
            part.pop("required", None)
    schema.pop("required")
    _drop_titles(schema)
    market = schema["properties"]["market"]
    description = market.pop("description")
    schema["properties"] = {
        "extends": {
            "type": "string",
            "description": "path of a scenario to start from; mappings merge, lists are replaced",
        },
        **schema["properties"],
        "market": {"description": description, "anyOf": [{"type": "string"}, market]},
    }
    schema["anyOf"] = [{"required": ["extends"]}, {"required": ["market"]}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": TITLE}


def _drop_titles(schema: dict[str, Any]) -> None:
    for part in (schema, *schema["$defs"].values()):
        part.pop("title", None)
        for field in part.get("properties", {}).values():
            field.pop("title", None)


def schema_text() -> str:
    """The schema as the text of scenarios/schema.json."""
    return json.dumps(scenario_schema(), ensure_ascii=False, indent=1) + "\n"
