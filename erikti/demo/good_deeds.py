"""The Marathon of Good Deeds; that of 2025 was published."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from erikti.demo import regions
from erikti.demo.nation import REGISTRY, Nation, Row, shares, weighted

EDITION = 2025
FIRST_DAY, LAST_DAY = date(2025, 3, 1), date(2025, 12, 5)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
TITLES = (
    ("Қарттарға үй шаруасына көмек", "Помощь пожилым по дому", "Housework for the elderly"),
    ("Азық-түлік себеттерін тарату", "Раздача продуктовых наборов", "Handing out food parcels"),
    ("Саябақты тазалау", "Уборка парка", "Cleaning up a park"),
    ("Ағаш отырғызу", "Посадка деревьев", "Planting trees"),
    ("Қан тапсыру", "Сдача крови", "Giving blood"),
    ("Балаларға кітап жинау", "Сбор книг для детей", "Collecting books for children"),
    ("Жылы киім жинау", "Сбор тёплой одежды", "Collecting warm clothes"),
    ("Баспанадағы жануарларға жем", "Корм для приюта животных", "Food for an animal shelter"),
    ("Ауладағы орындықты жөндеу", "Ремонт скамеек во дворе", "Mending benches in the yard"),
    ("Оқушыларға тегін сабақ", "Бесплатные уроки школьникам", "Free lessons for pupils"),
    ("Балалар үйіндегі мереке", "Праздник в детском доме", "A party at a children's home"),
    ("Қар күреу", "Уборка снега", "Clearing snow"),
    ("Ардагерлерге бару", "Визит к ветеранам", "Visiting veterans"),
    ("Өзен жағасын тазалау", "Уборка берега реки", "Cleaning a river bank"),
)


def good_deed_rows(nation: Nation) -> Iterator[Row]:
    """Yield all deeds as rows; each has a participant, and they add up to the total."""
    chance = nation.random("good-deeds")
    places = weighted(regions.INHABITANTS)
    size = nation.good_deeds
    # Cubed, so that a few deeds are large.
    more = shares(nation.good_deed_participants - size, [chance.random() ** 3 for _ in range(size)])
    for number, further in enumerate(more, 1):
        yield deed(f"D-{number:07d}", None, EDITION, 1 + further, places, chance)


def deed(
    source_id: str,
    day: date | None,
    edition: int,
    participants: int,
    places: Sequence[str],
    chance: Random,
) -> Row:
    """Return a deed as a row, of any day of the first edition if none is given."""
    titles = chance.choice(TITLES)
    return {
        "source_system": REGISTRY,
        "source_id": source_id,
        "title_kk": titles[0],
        "title_ru": titles[1],
        "title_en": titles[2],
        "region": chance.choice(places),
        "happened_on": day or FIRST_DAY + timedelta(chance.randrange(DAYS)),
        "participant_count": participants,
        "edition": edition,
    }
