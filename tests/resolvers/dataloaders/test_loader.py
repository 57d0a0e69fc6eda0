"""A loader loads missing keys once, and its callers get values or an error."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from resolvers.dataloaders.loading import Loader
from tests.support.waiting import until


class Squares:
    """Loads the squares of keys, each batch when released, and records the batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.results: list[asyncio.Future[Sequence[int]]] = []

    async def __call__(self, keys: list[int]) -> Sequence[int]:
        self.batches.append(list(keys))
        self.results.append(asyncio.get_running_loop().create_future())
        return await self.results[-1]

    async def until(self, batches: int) -> None:
        """Wait for a number of batches."""
        await until(lambda: len(self.batches) >= batches)

    def let_go(self, batch: int) -> None:
        """Release a batch with its values."""
        self.results[batch].set_result([key * key for key in self.batches[batch]])

    def fail(self, batch: int, words: str) -> None:
        """Release a batch with an error."""
        self.results[batch].set_exception(ValueError(words))


async def found(answer: Any) -> Any:
    """Return an awaited result, with a timeout."""
    async with asyncio.timeout(30):
        return await answer


async def test_keys_requested_in_one_loop_step_are_loaded_together_and_once() -> None:
    squares = Squares()
    loader = Loader(squares)
    answers: list[Any] = [
        loader.load_many([1, 2]),
        loader.load_many([3, 2, 3]),
        loader.load(1),
        loader.load_then([4, 3], sum),
    ]
    await squares.until(1)
    squares.let_go(0)
    assert [await found(answer) for answer in answers] == [[1, 4], [9, 4, 9], 1, 25]
    assert squares.batches == [[1, 2, 3, 4]]


async def test_loaded_values_are_returned_at_once() -> None:
    squares = Squares()
    loader = Loader(squares)
    waiting = loader.load_many([1, 2])
    await squares.until(1)
    squares.let_go(0)
    await found(waiting)
    assert loader.load_many([2, 1, 2]) == [4, 1, 4]
    assert loader.load_then([2, 1], sum) == 5
    assert await found(loader.load(2)) == 4
    assert squares.batches == [[1, 2]]


async def test_initially_known_values_are_never_loaded() -> None:
    squares = Squares()
    known: dict[Any, Any] = {None: None}
    loader: Loader[Any, Any] = Loader(squares, known)
    assert await found(loader.load(None)) is None
    several = loader.load_many([None, 3])
    await squares.until(1)
    squares.let_go(0)
    assert await found(several) == [None, 9]
    assert squares.batches == [[3]]


async def test_pending_keys_are_not_loaded_again() -> None:
    squares = Squares()
    loader = Loader(squares)
    first = loader.load_many([1, 2])
    await squares.until(1)
    same, more = loader.load_many([2]), loader.load_many([2, 3])
    await squares.until(2)
    assert squares.batches == [[1, 2], [3]]
    squares.let_go(1)
    await asyncio.sleep(0)
    assert not any(answer.done() for answer in (first, same, more))  # type: ignore[union-attr]
    squares.let_go(0)
    assert [await found(answer) for answer in (first, same, more)] == [[1, 4], [4], [4, 9]]


async def test_an_error_reaches_all_callers_and_the_keys_can_be_loaded_again() -> None:
    squares = Squares()
    loader = Loader(squares)
    answers = [loader.load_many([1, 2]), loader.load(2)]
    await squares.until(1)
    squares.fail(0, "once")
    for answer in answers:
        with pytest.raises(ValueError, match="once"):
            await found(answer)
    again = loader.load(2)
    await squares.until(2)
    squares.let_go(1)
    assert await found(again) == 4


async def test_a_load_that_fails_before_it_waits_is_an_error_too() -> None:
    def refuse(keys: list[Any]) -> Any:
        raise ValueError(f"not {keys}")

    with pytest.raises(ValueError, match=r"not \[1\]"):
        await found(Loader(refuse).load(1))


async def test_an_error_of_two_batches_reaches_callers_of_either() -> None:
    squares = Squares()
    loader = Loader(squares)
    first = loader.load(1)
    await squares.until(1)
    both, second = loader.load_many([1, 2]), loader.load(2)
    await squares.until(2)
    squares.fail(0, "first")
    with pytest.raises(ValueError, match="first"):
        await found(first)
    with pytest.raises(ValueError, match="first"):
        await found(both)
    squares.fail(1, "second")
    with pytest.raises(ValueError, match="second"):
        await found(second)


@pytest.mark.parametrize("fails", [False, True])
async def test_a_cancelled_caller_does_not_affect_others(fails: bool) -> None:
    squares = Squares()
    loader = Loader(squares)
    gone, staying = loader.load(1), loader.load_many([1, 2])
    await squares.until(1)
    gone.cancel()  # type: ignore[attr-defined]
    if fails:
        squares.fail(0, "all")
        with pytest.raises(ValueError, match="all"):
            await found(staying)
    else:
        squares.let_go(0)
        assert await found(staying) == [1, 4]


async def test_an_error_in_then_affects_only_its_caller() -> None:
    squares = Squares()
    loader = Loader(squares)

    def fail(values: list[Any]) -> list[Any]:
        raise ValueError(f"made of {values}")

    broken, whole = loader.load_then([1], fail), loader.load_many([1])
    await squares.until(1)
    squares.let_go(0)
    with pytest.raises(ValueError, match=r"made of \[1\]"):
        await found(broken)
    assert await found(whole) == [1]


async def test_a_load_that_is_cancelled_ends_the_waiting() -> None:
    squares = Squares()
    answer = Loader(squares).load(1)
    await squares.until(1)
    squares.results[0].cancel()
    with pytest.raises(RuntimeError, match="loading ended"):
        await found(answer)


@pytest.mark.parametrize("values", [[1], [1, 4, 9]])
async def test_a_wrong_number_of_values_is_an_error_for_all_callers(
    values: list[int],
) -> None:
    squares = Squares()
    loader = Loader(squares)
    answer = loader.load_many([1, 2])
    await squares.until(1)
    squares.results[0].set_result(values)
    with pytest.raises(ValueError, match="zip"):
        await found(answer)
    again = loader.load_many([1, 2])
    await squares.until(2)
    squares.let_go(1)
    assert await found(again) == [1, 4]
