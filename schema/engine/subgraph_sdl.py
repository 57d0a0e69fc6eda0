"""The SDL of a subgraph, without what belongs to other subgraphs."""

import re

# Types that other subgraphs define too, besides those with @shareable.
SHARED = frozenset({"Node", "Date", "DateTime", "Decimal", "CurrencyCode"})
DESCRIPTION = r'"""(?:(?!""").)*"""\n'
DEFINITION = re.compile(
    rf"^(?:{DESCRIPTION})?(?:interface|scalar|type) (\w+)(?:[^\n]*\{{\n.*?^\}}|[^\n]*)$",
    re.DOTALL | re.MULTILINE,
)
TEXT = re.compile(rf"^( *)({DESCRIPTION})", re.DOTALL | re.MULTILINE)
SPECIFICATION = re.compile(r'^(scalar \w+) @specifiedBy\(url: "([^"]*)"\)', re.MULTILINE)


def subgraph_sdl(text: str) -> str:
    """Return SDL with comments as the descriptions of shared types.

    A composer would give a hint for each that a partner's subgraph describes, or specifies by a
    URL, in other words.
    """
    return DEFINITION.sub(_definition, text)


def _definition(found: re.Match[str]) -> str:
    definition, name = found.group(), found[1]
    if name not in SHARED and "@shareable" not in definition:
        return definition
    definition = TEXT.sub(_comment, definition)
    return SPECIFICATION.sub(r"# Specified by \2\n\1", definition)


def _comment(found: re.Match[str]) -> str:
    indent, description = found[1], found[2]
    lines = (line.strip() for line in description.strip().strip('"').splitlines())
    return "".join(f"{indent}# {line}\n" for line in lines if line)
