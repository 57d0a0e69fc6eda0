"""Documents that try to overload a server, by name; the benchmark sends them to a real one."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Hostile:
    """A request: a text and its variables. ``served`` ones are within all limits."""

    name: str
    text: str
    variables: dict[str, Any] = field(default_factory=dict)
    served: bool = False


def nested(opening: str, inner: str, count: int) -> str:
    """Return a text within a number of opening brackets."""
    return opening * count + inner + "}" * count


def doubling(count: int, type_: str, before: str, spread: str, last: str) -> str:
    """Fragments that each spread the next one twice: 2 to the power of ``count`` fields."""
    parts = [before]
    for n in range(count):
        parts.append(f"fragment f{n} on {type_} {{ {spread.replace('NEXT', f'f{n + 1}')} }}")
    parts.append(f"fragment f{count} on {type_} {{ {last} }}")
    return " ".join(parts)


ORGANISATION = "{ organisations { nodes { ...f0 } } }"
PROJECT = "projects { nodes { organisation { ...NEXT } } }"
TWICE = f"a: {PROJECT} b: {PROJECT}"
LONG = "a" * 60_000


def _fragments() -> list[Hostile]:
    flat = "...NEXT ...NEXT"
    inline = "... on Organisation { ...NEXT } ... on Organisation { ...NEXT }"
    chain = [f"fragment f{n} on Organisation {{ ...f{n + 1} }}" for n in range(120)]
    wide = " ".join(f"fragment w{n} on Region {{ code }}" for n in range(100))
    every = " ".join(f"...w{n}" for n in range(100))
    ring = " ".join(f"fragment r{n} on Region {{ ...r{(n + 1) % 90} }}" for n in range(90))
    return [
        *(
            Hostile(f"doubling 2^{n}", doubling(n, "Organisation", ORGANISATION, flat, "id"))
            for n in (9, 12, 24, 60, 90)
        ),
        *(
            Hostile(
                f"doubling inline 2^{n}", doubling(n, "Organisation", ORGANISATION, inline, "id")
            )
            for n in (12, 40)
        ),
        *(
            Hostile(
                f"doubling nested 2^{n}", doubling(n, "Organisation", ORGANISATION, TWICE, "id")
            )
            for n in (3, 8, 20)
        ),
        Hostile("fragments in a chain", " ".join([ORGANISATION, *chain])),
        Hostile("cycle of one", "{ regions { ...f } } fragment f on Region { ...f }"),
        Hostile("cycle of ninety", "{ regions { ...r0 } } " + ring),
        Hostile(
            "cycle through fields",
            "{ organisations { nodes { ...f } } } fragment f on Organisation "
            "{ projects { nodes { organisation { ...f } } } }",
        ),
        Hostile("fragments never used", "{ regions { code } } " + wide),
        Hostile("fragments side by side", f"{{ regions {{ {every} }} }} " + wide, served=True),
        Hostile(
            "fragments of one name",
            "{ regions { ...f } } " + "fragment f on Region { code } " * 120,
        ),
        Hostile(
            "spreads of one fragment",
            f"{{ regions {{ {'...f ' * 300} }} }} fragment f on Region {{ code }}",
        ),
        Hostile(
            "fragments missing", f"{{ regions {{ {' '.join(f'...m{n}' for n in range(300))} }} }}"
        ),
    ]


def _overlaps() -> list[Hostile]:
    many = "{ volunteers { nodes { %s } } }"
    tree = "region { code }"
    return [
        Hostile("one field 400 times", many % ("id " * 400), served=True),
        Hostile("one object 160 times", many % (f"{tree} " * 160), served=True),
        Hostile("one root 240 times", "{ %s }" % ("regions { code } " * 240)),
        Hostile("one connection 90 times", many % ("participations { nodes { id } } " * 90)),
        Hostile("deep twins", many % _twins(4)),
        Hostile(
            "arguments that differ",
            many % " ".join(f"participations(first: {n}) {{ totalCount }}" for n in range(60)),
        ),
        Hostile(
            "overlaps of fragments",
            many % " ".join(f"...o{n}" for n in range(60))
            + " ".join(f"fragment o{n} on Volunteer {{ id status silver }}" for n in range(60)),
            served=True,
        ),
        Hostile(
            "types of every kind",
            "query ($i: [ID!]!) { nodes(ids: $i) { %s } }"
            % " ".join(
                f"... on {t} {{ id __typename }}" for t in ("Volunteer", "Person", "Region") * 40
            ),
            {"i": []},
            served=True,
        ),
    ]


def _twins(times: int) -> str:
    """Return objects requested several times at each level under the same name."""
    inner = "code"
    for name in ("region", "organisation", "project"):
        inner = f"{name} {{ {inner} }} " * times
    return f"participations {{ nodes {{ {inner} }} }}"


def _counts() -> list[Hostile]:
    aliases = " ".join(f"a{n}: regions {{ code }}" for n in range(150))
    below = " ".join(f"a{n}: code" for n in range(300))
    operations = " ".join(f"query q{n} {{ regions {{ code }} }}" for n in range(120))
    variables = " ".join(f"$v{n}: Int" for n in range(240))
    return [
        Hostile("aliases of the root", f"{{ {aliases} }}"),
        Hostile("aliases of a leaf", f"{{ regions {{ {below} }} }}"),
        Hostile("root fields", "{ %s }" % ("__typename " * 600)),
        Hostile("fields", "{ regions { %s } }" % ("code " * 900)),
        Hostile("directives", "{ regions { code %s } }" % ("@skip(if: false) " * 120)),
        Hostile(
            "directives unknown", "{ regions { code %s } }" % "".join(f"@d{n} " for n in range(400))
        ),
        Hostile("operations", operations),
        Hostile("variables", f"query ({variables}) {{ regions {{ code }} }}"),
        Hostile("variables of one name", f"query ({'$v: Int ' * 240}) {{ regions {{ code }} }}"),
        Hostile(
            "deep",
            "{ organisations { nodes { "
            + nested("projects { nodes { organisation { ", "id", 3)
            + "}" * 9,
        ),
        Hostile("inline fragments deep", nested("{ ...", "{ __typename }", 300)),
        Hostile("braces", "{" * 20_000),
    ]


def _texts() -> list[Hostile]:
    unknown = " ".join(f"volunteersByRegionAndOrganisation{n}" for n in range(400))
    types = " ".join(f"... on VolunteerGroupOrderFields{n} {{ id }}" for n in range(150))
    return [
        Hostile("tokens", "{ " + "a " * 30_000 + "}"),
        Hostile("comments", "#\n" * 30_000 + "{ regions { code } }"),
        Hostile("commas", "," * 60_000 + "{ regions { code } }", served=True),
        Hostile("long name", f"{{ {LONG} }}"),
        Hostile("long alias", f"{{ {LONG}: regions {{ code }} }}", served=True),
        Hostile("long type", f'{{ node(id: "x") {{ ... on {LONG} {{ id }} }} }}'),
        Hostile(
            "long enum",
            f"{{ volunteers(filter: {{ status: {{ eq: {LONG} }} }}) {{ totalCount }} }}",
        ),
        Hostile("long argument", f"{{ volunteers({LONG}: 1) {{ totalCount }} }}"),
        Hostile("long number", f"{{ volunteers(first: {'9' * 60_000}) {{ totalCount }} }}"),
        Hostile(
            "long default",
            f"query ($n: Int = {'9' * 60_000}) {{ volunteers(first: $n) {{ totalCount }} }}",
        ),
        Hostile("long float", f"{{ volunteers(first: 1e{'9' * 50_000}) {{ totalCount }} }}"),
        Hostile("long text", f'{{ node(id: "{LONG}") {{ id }} }}'),
        Hostile("long block", f'{{ node(id: """{chr(10) * 60_000}""") {{ id }} }}'),
        Hostile("escapes", '{ node(id: "%s") { id } }' % ("\\u0041" * 10_000)),
        Hostile("text without end", '{ node(id: "' + LONG),
        Hostile("unknown fields", f"{{ {unknown} }}"),
        Hostile("unknown fields below", f"{{ regions {{ {unknown} }} }}"),
        Hostile("unknown types", f'{{ node(id: "x") {{ {types} }} }}'),
        Hostile("nothing", " "),
        Hostile("bytes", "\x00" * 1_000),
    ]


def _inputs() -> list[Hostile]:
    ids = "query ($i: [ID!]) { people(filter: { id: { in: $i } }) { totalCount } }"
    filtered = "query ($f: VolunteerFilter) { volunteers(filter: $f) { totalCount } }"
    deep: Any = {"status": {"eq": "ACTIVE"}}
    for _ in range(400):
        deep = {"and": [deep]}
    wide: Any = {"status": {"eq": "ACTIVE"}}
    for _ in range(4):
        wide = {"or": [wide] * 6}
    return [
        Hostile("ids in a variable", ids, {"i": ["x"] * 10_000}),
        Hostile(
            "ids in the text",
            f"{{ people(filter: {{ id: {{ in: [{'1,' * 400}] }} }}) {{ totalCount }} }}",
        ),
        Hostile(
            "lists in lists", "{ volunteers(filter: " + "[" * 400 + "]" * 400 + ") { totalCount } }"
        ),
        Hostile(
            "objects in objects",
            "{ volunteers(filter: " + nested("{and:", "{}", 300) + ") { totalCount } }",
        ),
        Hostile("filters deep in a variable", filtered, {"f": deep}),
        Hostile("filters wide in a variable", filtered, {"f": wide}),
        Hostile("unknown input fields", filtered, {"f": {f"field{n}": 1 for n in range(4_000)}}),
        Hostile(
            "variables that are not declared",
            "{ regions { code } }",
            {f"v{n}": n for n in range(5_000)},
            True,
        ),
        Hostile(
            "an endless number",
            "query ($n: Int) { volunteers(first: $n) { totalCount } }",
            {"n": 1e300},
        ),
    ]


def _products() -> list[Hostile]:
    entities = "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }"
    people = [{"__typename": "Person", "id": "UGVyc29uOngK"}] * 240
    page = "organisations(first: 100) { nodes { "
    return [
        Hostile(
            "list product of 100 x 100", "{ %s volunteers(first: 100) { nodes { id } } } } }" % page
        ),
        Hostile(
            "list product of 100^3",
            "{ %s projects(first: 100) { nodes { participations(first: 100) { nodes { id } } } } } } }"
            % page,
        ),
        Hostile(
            "list product by variable",
            "query ($n: Int = 100) { organisations(first: $n) { nodes { volunteers(first: $n) { nodes { id } } } } }",
        ),
        Hostile(
            "list product by edges",
            "{ organisations(last: 100) { edges { node { volunteers(last: 100) { edges { node { id } } } } } } }",
        ),
        Hostile(
            "groups of groups",
            "{ organisations(first: 100) { nodes { volunteers { groups(by: [REGISTERED_WEEK]) { nodes { count } } } } } }",
        ),
        Hostile(
            "groups many times",
            "{ %s }"
            % " ".join(
                f"a{n}: volunteers {{ groups(by: [REGISTERED_WEEK, ORGANISATION]) {{ nodes {{ count }} }} }}"
                for n in range(20)
            ),
        ),
        Hostile("entities in a flood", entities, {"r": people}),
        Hostile(
            "entities of no type", entities, {"r": [{"__typename": "X" * 500}] * 90}, served=True
        ),
        Hostile(
            "entities by alias",
            "query ($r: [_Any!]!) { %s }"
            % " ".join(f"e{n}: _entities(representations: $r) {{ __typename }}" for n in range(40)),
            {"r": people[:100]},
        ),
        Hostile(
            "nodes in a flood", "query ($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["x"] * 250}
        ),
        Hostile(
            "sdl by alias", "{ %s }" % " ".join(f"s{n}: _service {{ sdl }}" for n in range(30))
        ),
    ]


def _introspection() -> list[Hostile]:
    bomb = nested("fields { type { ", "name", 30) + "}" * 30
    of_type = nested("ofType { ", "name", 60)
    whole = "{ types { name fields { name args { name type { name } } type { name } } } }"
    return [
        Hostile("introspection bomb", "{ __schema { types { %s } } }" % bomb),
        Hostile(
            "introspection of two levels",
            "{ __schema { types { fields { type { fields { type { name } } } } } } }",
        ),
        Hostile(
            "introspection of possible types",
            "{ __schema { types { possibleTypes { fields { type { possibleTypes { name } } } } } } }",
        ),
        Hostile(
            "introspection by alias",
            "{ %s }" % " ".join(f"s{n}: __schema {whole}" for n in range(15)),
        ),
        Hostile(
            "introspection of types by alias",
            "{ %s }"
            % " ".join(
                f't{n}: __type(name: "Query") {{ fields {{ args {{ type {{ name }} }} }} }}'
                for n in range(30)
            ),
        ),
        Hostile(
            "introspection without end",
            "{ __schema { types { fields { type { %s } } } } }" % of_type,
        ),
        Hostile(
            "introspection by fragments",
            doubling(
                20,
                "__Type",
                "{ __schema { types { ...f0 } } }",
                "ofType { ...NEXT } fields { type { ...NEXT } }",
                "name",
            ),
        ),
    ]


HOSTILE = [
    *_fragments(),
    *_overlaps(),
    *_counts(),
    *_texts(),
    *_inputs(),
    *_products(),
    *_introspection(),
]
