"""A little of JSON Schema: as much of it as docs/grades.schema.json uses."""

from __future__ import annotations

from typing import Any

KINDS: dict[str, Any] = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int}


def violations(data: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, place: str = "") -> list[str]:
    """Where data is not what a schema says."""
    root = root or schema
    if "$ref" in schema:
        return violations(data, root["$defs"][schema["$ref"].rpartition("/")[2]], root, place)
    if "anyOf" in schema:
        tried = [violations(data, one, root, place) for one in schema["anyOf"]]
        return [] if any(not found for found in tried) else tried[0]
    if "const" in schema or "enum" in schema:
        allowed = schema.get("enum", [schema.get("const")])
        return [] if data in allowed else [f"{place}: {data!r} is none of {allowed}"]
    if schema["type"] == "null":
        return [] if data is None else [f"{place}: is not null"]
    if not isinstance(data, KINDS[schema["type"]]) or isinstance(data, bool):
        return [f"{place}: {data!r} is no {schema['type']}"]
    found = []
    if isinstance(data, dict):
        found += [f"{place}: {name} is missing" for name in schema.get("required", []) if name not in data]
        for name, value in data.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", True))
            if inner is False:
                found.append(f"{place}: {name} is not known")
            elif isinstance(inner, dict):
                found += violations(value, inner, root, f"{place}/{name}")
    if isinstance(data, list) and "items" in schema:
        for number, value in enumerate(data):
            found += violations(value, schema["items"], root, f"{place}/{number}")
    if "minimum" in schema and data < schema["minimum"]:
        found.append(f"{place}: {data} is below {schema['minimum']}")
    return found
