"""Every scope with every bound, whether or not a role combines them, compared with a model."""

from itertools import product
from typing import Any

import pytest
from graphql import ExecutionResult, experimental_execute_incrementally, parse
from strawberry.relay import to_base64
from strawberry.utils.await_maybe import await_maybe

from erikti.auth.principal import HOME, UNITED_NATIONS, Principal
from erikti.auth.scopes import Scope
from erikti.database.connection import dialect, fetch
from models.people import Language
from models.volunteers import Participation
from resolvers.context import Context
from resolvers.dataloaders import row_policy
from resolvers.dataloaders.listings import ANY, Condition
from resolvers.dataloaders.row_policy import RULES, RowPolicy
from resolvers.global_ids import key_text
from tests.access.callers import CALLERS, COUNTRY, FIGURES, REGION
from tests.schema.walk import GRAPH
from tests.support.queries import KEY, ask

pytestmark = pytest.mark.usefixtures("open_nation", "generous")
GRANTS = (
    frozenset(),
    frozenset(Scope),
    *(frozenset({s}) for s in (*FIGURES, Scope.AUDIT_READ)),
    *(frozenset({s, Scope.PEOPLE_READ}) for s in FIGURES),
)
STATION = "the country of a duty station"
LISTS = {
    "Volunteer": "volunteers",
    "Enquiry": "enquiries",
    "Grant": "grants",
    "Delegate": "delegates",
    "Placement": "placements",
    "Nomination": "nominations",
    "Person": "people",
}
ASKED = " ".join(f"{n}(first: 5) {{ totalCount nodes {{ id }} }}" for n in LISTS.values())
QUERY = parse(f"{{ {ASKED} }}")
VALID = (
    "c.given_on <= CURRENT_DATE AND c.expires_on >= CURRENT_DATE"
    " AND (c.withdrawn_on IS NULL OR c.withdrawn_on > CURRENT_DATE)"
)
# For each row: its key; region, programme and person, which bounds are compared with; its country.
ROWS = {
    "Volunteer": "SELECT id, region_id, NULL, person_id, NULL FROM volunteers",
    "Enquiry": "SELECT id, region_id, NULL, NULL, NULL FROM enquiries",
    "Grant": "SELECT g.id, v.region_id, NULL, v.person_id, NULL FROM grants g"
    " LEFT JOIN volunteers v ON v.person_id = g.recipient_person_id",
    "Delegate": "SELECT d.id, NULL, NULL, d.person_id, n.country_id FROM delegates d"
    " JOIN delegations n ON n.id = d.delegation_id",
    "Placement": "SELECT p.id, NULL, p.programme_id, p.person_id, s.country_id FROM placements p"
    " JOIN duty_stations s ON s.id = p.duty_station_id",
    "Nomination": "SELECT id, NULL, NULL, nominee_person_id, country_id FROM nominations",
}
PUBLIC = {
    "Nomination": "SELECT id FROM nominations WHERE stage = 'LAUREATE'",
    "Grant": "SELECT id FROM grants WHERE recipient_organisation_id IS NOT NULL",
    "Person": "SELECT nominee_person_id FROM nominations WHERE stage = 'LAUREATE'"
    " AND nominee_person_id IS NOT NULL",
    "all": "SELECT id FROM people",
    "consenting": "SELECT c.person_id FROM consents c"
    f" WHERE c.recipient_country_id = '{COUNTRY}' AND {VALID}",
}
# People who consented to be named at the Forum, and the countries.
NAMED = (
    "SELECT c.recipient_country_id, c.person_id FROM consents c"
    f" WHERE c.purpose = 'FORUM_PARTICIPATION' AND {VALID}"
)


class Nation:
    """The rows of a database, and the expected visible ones."""

    def __init__(
        self, rows: dict[str, list[Any]], sets: dict[str, set[Any]], named: list[Any]
    ) -> None:
        self.rows = rows
        self.sets = sets
        self.named = [tuple(row) for row in named]
        # A programme and a person with rows of as many kinds as possible.
        placed = [row[3] for row in rows["Placement"]]
        self.person = max(placed, key=self._kinds)
        placement = next(row for row in rows["Placement"] if row[3] == self.person)
        self.programme, self.station = placement[2], placement[4]

    def _kinds(self, person: Any) -> int:
        return sum(any(row[3] == person for row in rows) for rows in self.rows.values())

    def seen(self, caller: Principal) -> dict[str, set[Any]]:
        """Return the keys of the expected visible rows by model."""
        own = {
            "Volunteer": self._within(caller, "Volunteer", Scope.VOLUNTEERS_READ, {HOME}),
            "Enquiry": self._within(caller, "Enquiry", Scope.VOLUNTEERS_READ, {HOME}),
            "Grant": self._within(caller, "Grant", Scope.VOLUNTEERS_READ, {HOME}),
            "Delegate": self._within(caller, "Delegate", Scope.CIS_FORUM_READ, {HOME}),
            "Placement": self._within(
                caller, "Placement", Scope.UN_PLACEMENTS_READ, {HOME, UNITED_NATIONS}
            ),
            "Nomination": self._within(caller, "Nomination", Scope.AWARDS_READ, {HOME}),
        }
        people = {
            row[3]
            for name in ("Volunteer", "Delegate", "Placement", "Nomination")
            for row in self.rows[name]
            if row[0] in own[name] and row[3] is not None
        }
        identifies = Scope.PEOPLE_READ in caller.scopes
        registry = identifies and Scope.VOLUNTEERS_READ in caller.scopes
        if caller.person:
            people = {self.person}
        elif (
            (registry or Scope.AUDIT_READ in caller.scopes)
            and caller.country == HOME
            and not (caller.region or caller.programme)
        ):
            people = self.sets["all"]
        elif not identifies:
            named = {p for c, p in self.named if caller.country in (HOME, c)}
            people = {r[3] for r in self.rows["Delegate"] if r[0] in own["Delegate"]} & named
        return {name: own.get(name, people) | self.sets.get(name, set()) for name in LISTS}

    def _within(self, caller: Principal, name: str, scope: Scope, whole: set[str]) -> set[Any]:
        """Return the rows within all bounds, only the country's own if it is not the home country."""
        if scope not in caller.scopes or caller.country is None:
            return set()
        shared = self.sets["consenting"] if (name, caller.country) == ("Delegate", COUNTRY) else ()
        return {
            key
            for key, region, programme, person, country in self.rows[name]
            if (not caller.region or region == caller.region)
            and (not caller.programme or programme == self.programme)
            and (not caller.person or person == self.person)
            and (caller.country in whole or country == caller.country or person in shared)
        }


@pytest.fixture(scope="module")
def nations() -> dict[str, Nation]:
    """Return a cache of the rows of each database."""
    return {}


async def nation_of(nations: dict[str, Nation]) -> Nation:
    name = dialect().name
    if name not in nations:
        rows = {model: list(await fetch(sql)) for model, sql in ROWS.items()}
        sets = {kind: {row[0] for row in await fetch(sql)} for kind, sql in PUBLIC.items()}
        nations[name] = Nation(rows, sets, list(await fetch(NAMED)))
    return nations[name]


@pytest.mark.parametrize("country", [None, HOME, UNITED_NATIONS, COUNTRY, STATION])
@pytest.mark.parametrize(
    "scopes", GRANTS, ids=lambda s: "+".join(sorted(s)) if len(s) < 3 else "all"
)
async def test_a_caller_sees_the_rows_within_the_scope_and_every_bound(
    nations: dict[str, Nation], scopes: frozenset[Scope], country: str | None
) -> None:
    nation = await nation_of(nations)
    programme, person = key_text(nation.programme), key_text(nation.person)
    country = nation.station if country == STATION else country
    for bounds in product((None, REGION), (None, programme), (None, person)):
        region, of, me = bounds
        caller = Principal(
            "t", "t", scopes=scopes, country=country, region=region, programme=of, person=me
        )
        expected = nation.seen(caller)
        # Bypasses the check of permissions, so that each list is read with each scope.
        context = Context(Language.EN, KEY, caller)
        result = await await_maybe(
            experimental_execute_incrementally(GRAPH, QUERY, context_value=context)
        )
        assert isinstance(result, ExecutionResult)
        assert result.errors is None, result.errors
        assert result.data is not None
        for name, root in LISTS.items():
            found = result.data[root]
            assert found["totalCount"] == len(expected[name]), (name, bounds)
            ids = {to_base64(name, key_text(key)) for key in expected[name]}
            shown = {node["id"] for node in found["nodes"]}
            assert len(shown) == min(5, len(ids))
            assert shown <= ids, (name, bounds)


async def test_the_bounds_distinguish_rows(nations: dict[str, Nation]) -> None:
    """Otherwise the comparison above would prove nothing."""
    nation = await nation_of(nations)
    everything = Principal("t", "t", scopes=frozenset(Scope), country=HOME)
    whole = nation.seen(everything)
    for name, place, bound in (
        ("Volunteer", 1, REGION),
        ("Enquiry", 1, REGION),
        ("Grant", 1, REGION),
        ("Placement", 2, nation.programme),
        ("Placement", 3, nation.person),
        ("Placement", 4, nation.station),
        ("Delegate", 4, COUNTRY),
        ("Nomination", 4, COUNTRY),
    ):
        within = {row[0] for row in nation.rows[name] if row[place] == bound}
        assert 0 < len(within) < len(whole[name]), (name, place)


CONDITIONS = {
    "a record": ("{ volunteer: { status: { eq: ACTIVE } } }", "{seen} AND {active}"),
    "another": ("{ not: { volunteer: { status: { eq: ACTIVE } } } }", "NOT ({seen} AND {active})"),
    "both": (
        "{ and: [{ volunteer: { status: { eq: ACTIVE } } }, { role: { eq: PARTICIPANT } }] }",
        "{seen} AND {active} AND r.role = 'PARTICIPANT'",
    ),
    "either": (
        "{ or: [{ volunteer: { status: { eq: ACTIVE } } }, { role: { eq: ORGANISER } }] }",
        "(({seen} AND {active}) OR r.role = 'ORGANISER')",
    ),
    "any": ("null", "{all}"),
}


def everything(_: RowPolicy) -> Condition:
    """Return a rule that allows every row."""
    return ANY


@pytest.mark.parametrize("kind", CONDITIONS)
async def test_a_filter_matches_only_visible_related_records(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """With participations open to all callers, a filter still reveals no hidden volunteer."""
    rules: dict[Any, Any] = {**RULES, Participation: everything}
    monkeypatch.setattr(row_policy, "RULES", rules)
    given, condition = CONDITIONS[kind]
    query = f"{{ projects(first: 100) {{ nodes {{ participations(filter: {given}) {{ totalCount }} }} }} }}"
    projects = (await ask(query, caller=CALLERS["region"]))["projects"]["nodes"]
    counted = sum(node["participations"]["totalCount"] for node in projects)
    where = condition.format(
        seen=f"v.region_id = '{REGION}'", active="v.status = 'ACTIVE'", all="1 = 1"
    )
    ((expected,),) = await fetch(
        "SELECT count(*) FROM participations r JOIN volunteers v ON v.id = r.volunteer_id"
        f" WHERE r.project_id IN (SELECT id FROM projects ORDER BY id LIMIT 100) AND {where}"
    )
    assert counted == expected > 0
