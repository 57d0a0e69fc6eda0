"""The selections of a document, with the paths of their fields in the response."""

from collections.abc import Iterator

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    SelectionNode,
    SelectionSetNode,
)

Path = tuple[str, ...]


def selections_with_paths(
    selection_set: SelectionSetNode,
    fragments: dict[str, FragmentDefinitionNode],
    path: Path = (),
) -> Iterator[tuple[SelectionNode, Path]]:
    """Yield each selection with the path of its field; those of a fragment at its first spread.

    Fragments that were spread are removed from ``fragments``.
    """
    for selection in selection_set.selections:
        below, inner = path, getattr(selection, "selection_set", None)
        if isinstance(selection, FieldNode):
            below = (*path, (selection.alias or selection.name).value)
        elif isinstance(selection, FragmentSpreadNode):
            fragment = fragments.pop(selection.name.value, None)
            inner = fragment.selection_set if fragment else None
        yield selection, below
        if inner is not None:
            yield from selections_with_paths(inner, fragments, below)
