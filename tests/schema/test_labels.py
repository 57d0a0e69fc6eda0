"""Labels: every code and figure has one in Kazakh, Russian and English, and pages can query it."""

from collections.abc import Iterator

import pytest
from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType, get_named_type

from erikti.auth.principal import PUBLIC
from erikti.auth.scopes import Scope
from erikti.errors import STATUSES
from erikti.guard.limits import Limits
from erikti.labels import CodeList, Labels, code_lists, figures
from erikti.writing.words import folded
from models.people import Language
from resolvers.dataloaders.statistics import QUERIES
from schema import schema
from tests.support.alphabets import faults, repeated
from tests.support.queries import ask, execute, limited

GRAPH = schema._schema
#: Lists that are no enum of the schema, with the codes that there are.
OTHERS: dict[str, list[str]] = {
    "Scope": list(Scope),
    "ErrorCode": list(STATUSES),
}


def output_enums() -> Iterator[GraphQLEnumType]:
    """Every enum of this project that a field of an object or an interface returns."""
    for name, type_ in GRAPH.type_map.items():
        if name.startswith("_") or not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            continue
        for field in type_.fields.values():
            found = get_named_type(field.type)
            if isinstance(found, GraphQLEnumType):
                yield found


ENUMS = {enum.name: list(enum.values) for enum in output_enums()}
CODES = OTHERS | ENUMS
LISTS = code_lists()
TEXTS: dict[str, Labels] = (
    dict(LISTS)
    | {f"{one.name}.{value.code}": value for one in LISTS.values() for value in one.values}
    | figures(2025)
)


def test_every_enum_of_the_data_has_a_list_and_no_list_is_left_over() -> None:
    assert len(ENUMS) > 20
    assert set(LISTS) == set(CODES)


@pytest.mark.parametrize("name", CODES)
def test_a_list_has_the_codes_of_the_schema(name: str) -> None:
    listed = [value.code for value in LISTS[name].values]
    assert sorted(listed) == sorted(CODES[name])
    assert name not in ENUMS or listed == ENUMS[name], "the order of the enum is the natural one"


def test_every_figure_has_a_label_and_no_label_is_left_over() -> None:
    assert set(figures(2031)) == {code.format(year=2031) for code in QUERIES}
    assert figures(2031)["awards.laureates.2031"].label_ru == "Лауреаты премии «Волонтёр года» 2031"


def test_labels_are_complete_and_in_their_languages() -> None:
    wrong = {name: found for name, labels in TEXTS.items() if (found := faults(labels))}
    assert wrong == {}


@pytest.mark.parametrize("one", LISTS.values(), ids=lambda one: one.name)
def test_no_label_stands_for_two_codes(one: CodeList) -> None:
    for place in range(3):
        assert repeated([value.all[place] for value in one.values]) == []
    distinct = [text for value in one.values for text in {folded(x) for x in value.spellings}]
    assert repeated(distinct) == [], "a file could mean either"


def test_no_label_stands_for_two_figures() -> None:
    for place in range(3):
        assert repeated([labels.all[place] for labels in figures(2025).values()]) == []


async def label(selection: str, language: Language = Language.KK) -> object:
    """Return the data of a query for lists of codes."""
    return await ask(f"{{ codeLists{selection} }}", language=language)


LABELS = (
    '(names: ["PlacementReportKind"]) { name label values { code label ru: label(language: RU) } }'
)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (Language.KK, ("Есеп түрі", "Аралық есеп", "Қорытынды есеп")),
        (Language.RU, ("Вид отчёта", "Промежуточный отчёт", "Итоговый отчёт")),
        (Language.EN, ("Kind of report", "Interim report", "Final report")),
    ],
)
async def test_labels_come_in_the_language_of_the_caller(
    language: Language, texts: tuple[str, str, str]
) -> None:
    title, interim, final = texts
    assert await label(LABELS, language) == {
        "codeLists": [
            {
                "name": "PlacementReportKind",
                "label": title,
                "values": [
                    {"code": "INTERIM", "label": interim, "ru": "Промежуточный отчёт"},
                    {"code": "FINAL", "label": final, "ru": "Итоговый отчёт"},
                ],
            }
        ]
    }


async def test_lists_come_in_the_order_of_their_names() -> None:
    names = ["PersonSex", "ErrorCode", "VolunteerFieldOfWork"]
    assert await label('(names: ["PersonSex", "ErrorCode", "VolunteerFieldOfWork"]) { name }') == {
        "codeLists": [{"name": name} for name in names]
    }
    everything = {"codeLists": [{"name": name} for name in LISTS]}
    assert await label("{ name }") == everything
    assert await label("(names: null) { name }") == everything
    assert await label("(names: []) { name }") == {"codeLists": []}


async def test_an_unknown_list_is_named_and_the_neighbours_are_answered() -> None:
    result = await execute(
        '{ good: codeLists(names: ["PersonSex"]) { name } bad: codeLists(names: ["PersonSex", "Sexes"]) { name } }'
    )
    assert result.data == {"good": [{"name": "PersonSex"}], "bad": None}
    (error,) = result.errors
    assert error.path == ["bad"]
    assert error.extensions == {"code": "BAD_USER_INPUT", "argument": "names.1"}
    assert "'Sexes' is no list of codes; the lists are RegionKind, " in error.message


async def test_anyone_may_query_labels_at_a_low_cost() -> None:
    with limited(Limits(cost=100, expensive=100)):
        result = await execute(
            '{ codeLists(names: ["PersonSex", "ErrorCode", "VolunteerFieldOfWork"]) { name values { code label } } }',
            caller=PUBLIC,
        )
    assert result.errors is None


@pytest.mark.usefixtures("open_nation")
async def test_figures_have_labels() -> None:
    data = await ask(
        """{ statistics(year: 2025) {
             figures { code label(language: EN) }
             figure(code: "awards.laureates.2025") { kk: label ru: label(language: RU) } } }"""
    )
    known = figures(2025)
    listed = {row["code"]: row["label"] for row in data["statistics"]["figures"]}
    assert listed == {code: labels.label_en for code, labels in known.items()}
    assert data["statistics"]["figure"] == {
        "kk": "2025 жылғы «Жыл еріктісі» лауреаттары",
        "ru": "Лауреаты премии «Волонтёр года» 2025",
    }
