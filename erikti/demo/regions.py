"""Populations of the regions in the generated country."""

from models import reference

# Inhabitants in thousands, about the beginning of 2024, rounded; and the share of
# Russian names in per cent, roughly.
POPULATION = {
    "KZ-10": (604, 20),
    "KZ-11": (788, 33),
    "KZ-15": (944, 12),
    "KZ-19": (1_560, 14),
    "KZ-23": (710, 6),
    "KZ-27": (696, 20),
    "KZ-31": (1_222, 10),
    "KZ-33": (697, 14),
    "KZ-35": (1_135, 36),
    "KZ-39": (830, 45),
    "KZ-43": (844, 3),
    "KZ-47": (800, 6),
    "KZ-55": (752, 36),
    "KZ-59": (530, 50),
    "KZ-61": (2_144, 2),
    "KZ-62": (221, 15),
    "KZ-63": (723, 40),
    "KZ-71": (1_430, 13),
    "KZ-75": (2_228, 25),
    "KZ-79": (1_222, 9),
}
INHABITANTS = {code: float(inhabitants) for code, (inhabitants, _) in POPULATION.items()}
RUSSIAN_NAMES = {code: share / 100 for code, (_, share) in POPULATION.items()}
NAMES = {
    row["code"]: (row["name_kk"], row["name_ru"], row["name_en"])
    for row in reference.rows("regions")
}
