"""Conversion of PostGraphile's names and units, so that its responses can be compared."""

from base64 import b64decode
from typing import Any

from benchmarks.peers.statements import PREFIX, global_id, tenths

TENTHS = ("hours", "hoursTotal")
DIMENSIONS = {
    "byRegion": ("region", "status"),
    "volunteers": ("region", "status"),
    "organisations": ("kind",),
    "projects": ("status",),
    "enquiries": ("topic", "channel"),
}


def variables(given: dict[str, Any]) -> dict[str, Any]:
    """Convert variables to PostGraphile's form: a UUID for a global ID."""
    if "id" not in given:
        return given
    return given | {"id": b64decode(given["id"]).decode().removeprefix(PREFIX)}


def renamed(data: dict[str, Any]) -> dict[str, Any]:
    """Convert PostGraphile's data to the reference's names, units and order of groups."""
    regions = data.get("regions", {}).get("nodes", [])
    grouped = [name for name, part in data.items() if part and "groupedAggregates" in part]
    if regions and not grouped:
        return {"regions": [_values(region) for region in regions]}
    by_code = {region["code"]: region for region in regions}
    return {
        name: _groups(name, part["groupedAggregates"], by_code)
        if name in grouped
        else _values(part)
        for name, part in data.items()
        if name != "regions"
    }


def _groups(name: str, groups: list[Any], regions: dict[str, Any]) -> dict[str, Any]:
    ordered = sorted(groups, key=lambda group: (-int(group["count"]["rowId"]), group["keys"]))
    return {"groups": {"nodes": [_group(name, group, regions) for group in ordered]}}


def _group(name: str, group: Any, regions: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = dict(zip(DIMENSIONS[name], group["keys"], strict=True))
    found["count"] = int(group["count"]["rowId"])
    if "region" in found:
        found["region"] = regions[found["region"]]
        found["hoursTotal"] = {"sum": tenths(int(group["sum"]["hoursTotal"]))}
    return found


def _values(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _values(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_values(item) for item in value]
    if name in TENTHS:
        return tenths(int(value))
    return global_id(value) if name == "id" else value
