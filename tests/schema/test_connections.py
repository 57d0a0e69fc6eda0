"""Pages: every record once, in order, in both directions."""

from itertools import product

import pytest

from resolvers.dataloaders.listings import Listing
from tests.schema.lists import LISTED, ROOTS, page
from tests.support.queries import ask, refuse

ORDERS = [
    (listing, name, direction)
    for listing in LISTED
    for name in listing.orders
    for direction in ("ASC", "DESC")
]


async def forward(field: str, size: int, extra: str, most: int = 6) -> list[list[str]]:
    """Return the IDs of the first pages, at most ``most``."""
    pages: list[list[str]] = []
    after = ""
    while len(pages) < most:
        found = await page(field, f"first: {size} {after} {extra}")
        pages.append([edge["node"]["id"] for edge in found["edges"]])
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = f'after: "{found["pageInfo"]["endCursor"]}"'
    return pages


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(
    ("listing", "order", "direction"), ORDERS, ids=lambda v: getattr(v, "name", v)
)
async def test_pages_hold_every_record_once_and_lead_back(
    listing: Listing, order: str, direction: str
) -> None:
    field = ROOTS[listing.name]
    extra = f"orderBy: [{{ field: {order.upper()}, direction: {direction} }}]"
    pages = await forward(field, 7, extra)
    whole = [item for found in await forward(field, 100, extra) for item in found]
    seen = [item for found in pages for item in found]
    assert seen == whole[: len(seen)]
    assert len(set(seen)) == len(seen)
    last = await page(field, f"first: {len(seen)} {extra}")
    back = await page(field, f'last: 7 before: "{last["pageInfo"]["endCursor"]}" {extra}')
    assert [edge["node"]["id"] for edge in back["edges"]] == seen[-8:-1]
    assert back["pageInfo"]["hasNextPage"] is True
    assert back["pageInfo"]["hasPreviousPage"] is (len(seen) > 8)


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(
    ("listing", "order", "direction"), ORDERS, ids=lambda v: getattr(v, "name", v)
)
async def test_two_cursors_give_the_window_between_them(
    listing: Listing, order: str, direction: str
) -> None:
    field = ROOTS[listing.name]
    extra = f"orderBy: [{{ field: {order.upper()}, direction: {direction} }}]"
    edges = (await page(field, f"first: 30 {extra}"))["edges"]
    places = sorted({0, len(edges) // 3, len(edges) - 1})
    for after, before, size in product(places, places, (2, 5)):
        inside = edges[after + 1 : before]
        between = f'after: "{edges[after]["cursor"]}" before: "{edges[before]["cursor"]}"'
        more = len(inside) > size
        for argument, kept in (("first", inside[:size]), ("last", inside[-size:])):
            found = await page(field, f"{argument}: {size} {between} {extra}")
            assert found["edges"] == kept, (after, before, argument)
            assert found["pageInfo"]["hasNextPage"] is (argument == "last" or more)
            assert found["pageInfo"]["hasPreviousPage"] is (argument == "first" or more)
        if len(inside) <= 20:
            assert (await page(field, f"{between} {extra}"))["edges"] == inside
    of_start = await page(field, f'first: 2 before: "{edges[-1]["cursor"]}" {extra}')
    assert of_start["edges"] == edges[:-1][:2]
    end = (await page(field, f"last: 3 {extra}"))["edges"]
    of_end = await page(field, f'last: 2 after: "{end[0]["cursor"]}" {extra}')
    assert of_end["edges"] == end[1:]


@pytest.mark.usefixtures("open_nation")
async def test_the_last_page_is_the_end_of_the_list() -> None:
    pages = await forward("organisations", 100, "", most=20)
    everything = [item for found in pages for item in found]
    assert len(everything) == 811
    end = await page("organisations", "last: 5")
    assert [edge["node"]["id"] for edge in end["edges"]] == everything[-5:]
    assert end["pageInfo"]["hasNextPage"] is False
    assert end["pageInfo"]["hasPreviousPage"] is True


@pytest.mark.usefixtures("open_nation")
async def test_mixed_directions_and_absent_values_keep_their_order() -> None:
    extra = "orderBy: [{ field: VOTES, direction: DESC }, { field: EXPERT_SCORE }]"
    seen: list[tuple[int | None, str | None]] = []
    after = ""
    while True:
        data = await ask(
            f"{{ nominations(first: 97 {after} {extra}) {{ totalCount nodes {{ votes expertScore }} "
            f"pageInfo {{ hasNextPage endCursor }} }} }}"
        )
        found = data["nominations"]
        seen += [(node["votes"], node["expertScore"]) for node in found["nodes"]]
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = f'after: "{found["pageInfo"]["endCursor"]}"'
    assert len(seen) == found["totalCount"]
    assert None in {votes for votes, _ in seen}
    assert seen == sorted(
        seen,
        key=lambda pair: (
            pair[0] is None,
            -(pair[0] or 0),
            pair[1] is None,
            float(pair[1] or 0),
        ),
    )


@pytest.mark.usefixtures("open_nation")
async def test_nested_pages_continue_after_a_cursor() -> None:
    query = """query ($after: String) { organisations(first: 100, filter: { kind: { eq: STUDENT } }) {
        nodes { id volunteers(first: 1, after: $after) { totalCount edges { cursor node { id } } } } } }"""
    first = (await ask(query))["organisations"]["nodes"]
    several = next(node for node in first if node["volunteers"]["totalCount"] > 1)
    edge = several["volunteers"]["edges"][0]
    second = (await ask(query, after=edge["cursor"]))["organisations"]["nodes"]
    behind = next(node for node in second if node["id"] == several["id"])["volunteers"]
    assert behind["edges"][0]["node"]["id"] != edge["node"]["id"]
    assert behind["totalCount"] == several["volunteers"]["totalCount"]


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(
    ("arguments", "argument", "words"),
    [
        ("first: 0", "first", "1 to 100, not 0"),
        ("first: -5", "first", "1 to 100"),
        ("first: 101", "first", "1 to 100, not 101"),
        ("last: 101", "last", "1 to 100"),
        ("first: 2, last: 2", "last", "first and last"),
        ('first: 2, before: "x"', "before", "not a valid cursor"),
        ('last: 2, after: "x"', "after", "not a valid cursor"),
        ('after: "x"', "after", "not a valid cursor"),
        ('after: "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"', "after", "not a valid cursor"),
        ('after: "ы"', "after", "not a valid cursor"),
        ('before: ""', "before", "not a valid cursor"),
        ("orderBy: [{field: REGISTERED_ON}, {field: REGISTERED_ON}]", "orderBy", "at most once"),
    ],
)
async def test_invalid_pages_are_rejected(arguments: str, argument: str, words: str) -> None:
    error = await refuse(f"{{ volunteers({arguments}) {{ nodes {{ id }} }} }}")
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert error["path"] == ["volunteers"]
    assert words in error["message"]


@pytest.mark.usefixtures("open_nation")
async def test_a_cursor_that_was_changed_is_refused_wherever_it_was_changed() -> None:
    cursor = (await page("volunteers", "first: 1"))["pageInfo"]["endCursor"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    # The last character may contain unused bits, so it is skipped.
    for i in range(len(cursor) - 1):
        changed = alphabet[(alphabet.find(cursor[i]) + 1) % 26]
        tampered = cursor[:i] + changed + cursor[i + 1 :]
        error = await refuse(f'{{ volunteers(after: "{tampered}") {{ nodes {{ id }} }} }}')
        assert "not a valid cursor" in error["message"]


@pytest.mark.usefixtures("open_nation")
async def test_a_cursor_of_another_list_or_order_is_refused() -> None:
    cursor = (await page("volunteers", "first: 1"))["pageInfo"]["endCursor"]
    for elsewhere in (
        f'people(after: "{cursor}")',
        f'volunteers(after: "{cursor}", orderBy: [{{ field: HOURS_TOTAL }}])',
    ):
        error = await refuse(f"{{ {elsewhere} {{ nodes {{ id }} }} }}")
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert "another list or order" in error["message"]
