"""Parts of a response to ``@defer`` and ``@stream``, in the two shapes that clients know."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from erikti.masking import formatted
from schema.engine.incremental import Part


def as_specified(part: Part) -> Part:
    """A part in the shape of the working draft: results refer to pending ids."""
    shown = _formatted(part)
    for name in ("incremental", "completed"):
        if name in shown:
            shown[name] = [_formatted(item) for item in shown[name]]
    return shown


class Draft2022:
    """Writes the parts of one response in the shape of the draft of August 2022.

    Each result has its own path, which for items ends with the index of the first. Delivered
    data is kept to count them.
    """

    def __init__(self) -> None:
        self._pending: dict[str, Part] = {}
        self._data: Any = None

    def __call__(self, part: Part) -> Part:
        """The next part."""
        shown = as_specified(part)
        if "data" in shown:
            self._data = deepcopy(shown["data"])
        self._pending |= {item["id"]: item for item in shown.pop("pending", ())}
        found = [self._located(item) for item in shown.pop("incremental", ())]
        failed = [item for item in shown.pop("completed", ()) if "errors" in item]
        found += [self._located({**item, "data": None}) for item in failed]
        return {**shown, "incremental": found} if found else shown

    def _located(self, item: Part) -> Part:
        known = self._pending[item["id"]]
        path = [*known["path"], *item.get("subPath", ())]
        result: Part = {key: item[key] for key in ("data", "items", "errors") if key in item}
        target = _at(self._data, path)
        if "items" in item and isinstance(target, list):
            path.append(len(target))
            target += deepcopy(item["items"])
        elif isinstance(target, dict) and item["data"] is not None:
            target |= deepcopy(item["data"])
        label = {"label": known["label"]} if "label" in known else {}
        return {**result, "path": path, **label}


def _formatted(item: Part) -> Part:
    return {**item, "errors": formatted(item["errors"])} if "errors" in item else {**item}


def _at(data: Any, path: Sequence[str | int]) -> Any:
    for key in path:
        data = None if data is None else data[key]
    return data
