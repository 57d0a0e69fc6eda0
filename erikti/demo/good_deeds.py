"""The Marathon of Good Deeds of 2025."""

from collections.abc import Iterator
from datetime import date, timedelta

from erikti.demo import regions
from erikti.demo.nation import REGISTRY, Nation, Row, shares, weighted

EDITION = 2025
FIRST_DAY, LAST_DAY = date(2025, 3, 1), date(2025, 12, 5)
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
    days = (LAST_DAY - FIRST_DAY).days + 1
    size = nation.good_deeds
    # Cubed, so that a few deeds are large.
    more = shares(nation.good_deed_participants - size, [chance.random() ** 3 for _ in range(size)])
    for number, further in enumerate(more, 1):
        titles = chance.choice(TITLES)
        yield {
            "source_system": REGISTRY,
            "source_id": f"D-{number:07d}",
            "title_kk": titles[0],
            "title_ru": titles[1],
            "title_en": titles[2],
            "region": chance.choice(places),
            "happened_on": FIRST_DAY + timedelta(chance.randrange(days)),
            "participant_count": 1 + further,
            "edition": EDITION,
        }
