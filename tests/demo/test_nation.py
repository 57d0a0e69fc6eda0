"""The same seed and scale generate the same country in every process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from erikti.demo.nation import SEED, Nation, ScaleError, shares, stride, walk
from tests.demo.digest import digest

ROOT = Path(__file__).parents[2]


@pytest.mark.usefixtures("processes")
def test_the_same_seed_makes_the_same_rows_in_every_process() -> None:
    here = digest(0.01)
    for hash_seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-m", "tests.demo.digest"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout.strip() == here


def test_another_seed_makes_another_country() -> None:
    assert digest(0.001, SEED + 1) != digest(0.001)


@pytest.mark.parametrize("scale", [0, -1, 100.1, float("nan"), float("inf")])
def test_a_scale_out_of_bounds_is_an_error(scale: float) -> None:
    with pytest.raises(ScaleError, match="above 0 and at most 100"):
        Nation(scale)


def test_shares_add_up() -> None:
    assert sum(shares(1_000, [0.1, 0.7, 3.3, 0.01])) == 1_000
    assert shares(50, [1.0] * 15) == [3, 4, 3, 3, 4, 3, 3, 4, 3, 3, 4, 3, 3, 4, 3]


@pytest.mark.parametrize("size", [1, 2, 3, 12, 97, 1_000])
def test_a_walk_visits_every_number_before_one_comes_again(size: int) -> None:
    steps = walk(size, Nation(1).random("test"))
    assert {next(steps) for _ in range(size)} == set(range(size))
    assert stride(size) >= 1
