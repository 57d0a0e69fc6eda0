"""A sealed value can be read only with its key and context."""

import base64
import re
import stat
import subprocess
from pathlib import Path

import pytest

from erikti.sealing import (
    HASH,
    Keyring,
    NotSealedError,
    SealingError,
    UnknownKeyError,
    UnreadableError,
    is_sealed,
    key_id,
    load_or_create,
    new_entry,
)
from tests.support.processes import forked

VALUE = "canary@example.org"
ENTRIES = (new_entry("k1"), new_entry(HASH))
RING = Keyring.parse(",".join(ENTRIES))
PLACE = b"people.email\0" + bytes(16)
KEY = "A" * 43


def test_sealed_values_are_readable_and_differ_each_time() -> None:
    sealed = {RING.seal(PLACE, VALUE) for _ in range(100)}
    assert len(sealed) == 100
    assert all(is_sealed(text) and key_id(text) == "k1" for text in sealed)
    assert {RING.unseal(PLACE, text) for text in sealed} == {VALUE}
    assert RING.unseal(PLACE, RING.seal(PLACE, "")) == ""
    assert RING.unseal(PLACE, RING.seal(PLACE, "қазақ\0")) == "қазақ\0"


def test_at_another_place_it_cannot_be_read() -> None:
    sealed = RING.seal(PLACE, VALUE)
    for other in (PLACE[:-1] + b"\x01", PLACE.replace(b"email", b"phone"), b""):
        with pytest.raises(UnreadableError) as caught:
            RING.unseal(other, sealed)
        assert VALUE not in str(caught.value)
        assert sealed not in str(caught.value)


def test_a_changed_letter_makes_it_unreadable() -> None:
    sealed = RING.seal(PLACE, VALUE)
    for index in range(3, len(sealed) - 1):
        other = sealed[:index] + ("A" if sealed[index] != "A" else "B") + sealed[index + 1 :]
        with pytest.raises(UnreadableError):
            RING.unseal(PLACE, other)
    for cut in range(1, 10):
        with pytest.raises(UnreadableError):
            RING.unseal(PLACE, sealed[:-cut])


def test_another_key_under_the_same_id_reads_nothing() -> None:
    other = Keyring.parse(f"{new_entry('k1')},{ENTRIES[1]}")
    with pytest.raises(UnreadableError):
        other.unseal(PLACE, RING.seal(PLACE, VALUE))
    assert RING.proves("k1", RING.proof("k1"))
    assert not other.proves("k1", RING.proof("k1"))
    assert other.proves(HASH, RING.proof(HASH))
    assert not Keyring.parse(f"{ENTRIES[0]},{new_entry(HASH)}").proves(HASH, RING.proof(HASH))


def test_a_key_that_is_not_there_is_named() -> None:
    other = Keyring.parse(f"{new_entry('k2')},{ENTRIES[1]}")
    sealed = RING.seal(PLACE, VALUE)
    with pytest.raises(
        UnknownKeyError, match="the key 'k1', which is not among the keys in use"
    ) as caught:
        other.unseal(PLACE, sealed)
    assert sealed[3:] not in str(caught.value)


@pytest.mark.parametrize(
    "plain", ["791028302728", "+77000000000", VALUE, "a.b@c.d", "x" * 60, "k1." + "a" * 20, ""]
)
def test_a_value_that_is_not_sealed_is_no_value_and_is_not_repeated(plain: str) -> None:
    assert not is_sealed(plain)
    with pytest.raises(NotSealedError) as caught:
        RING.unseal(PLACE, plain)
    assert not plain or plain not in str(caught.value)


def test_the_first_key_seals_and_all_of_them_read() -> None:
    both = Keyring.parse("\n".join([new_entry("k2"), *ENTRIES]))
    assert both.unseal(PLACE, RING.seal(PLACE, VALUE)) == VALUE
    assert key_id(both.seal(PLACE, VALUE)) == "k2"


def test_a_hash_needs_its_key_and_outlives_the_others() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", RING.digest("791028302728"))
    rotated = Keyring.parse(f"{new_entry('k2')},{ENTRIES[1]}")
    assert rotated.digest("791028302728") == RING.digest("791028302728")
    rehashed = Keyring.parse(f"{ENTRIES[0]},{new_entry(HASH)}")
    assert rehashed.digest("791028302728") != RING.digest("791028302728")


def test_both_alphabets_of_base64_are_the_same_key() -> None:
    raw = b"\xfb\xff" * 16
    plain, url = base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()
    assert plain != url
    one = Keyring.parse(f"k1:{plain},{ENTRIES[1]}")
    assert Keyring.parse(f"k1:{url},{ENTRIES[1]}").unseal(PLACE, one.seal(PLACE, VALUE)) == VALUE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "needs the entry hash and at least one other"),
        (f"k1:{KEY}", "needs the entry hash and at least one other"),
        (f"hash:{KEY}", "needs the entry hash and at least one other"),
        (f"K1:{KEY}", "entry 1 must start with an ID"),
        (f"plain:{KEY}", "entry 1 must start with an ID"),
        (KEY, "entry 1 must start with an ID"),
        (f"{ENTRIES[1]},k1:{KEY[:-4]}", "the key of entry 2 is not 32 bytes"),
        (f"{ENTRIES[1]},k1:{KEY}{KEY}", "the key of entry 2 is not 32 bytes"),
        (f"{ENTRIES[1]},k1:{KEY[:-1]}!", "the key of entry 2 is not 32 bytes"),
        (f"{ENTRIES[1]},k1:{KEY},k1:{KEY}", "entry 3 has the same ID as an earlier one"),
        (f"{ENTRIES[1]},k1:{KEY},k2:{KEY}", "two entries have the same key"),
        (f"hash:{KEY},k1:{KEY}", "two entries have the same key"),
    ],
    ids=lambda part: part.replace(ENTRIES[1], HASH),  # the same in every process
)
def test_an_invalid_keyring_is_rejected_without_revealing_a_key(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        Keyring.parse(text)
    assert "AAAA" not in str(caught.value)
    assert ENTRIES[1].partition(":")[2] not in str(caught.value)


def test_the_file_of_keys_is_created_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sealing.keys"
    sealed = load_or_create(path).seal(PLACE, VALUE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["sealing.keys"]
    assert load_or_create(path).unseal(PLACE, sealed) == VALUE
    with pytest.raises(UnknownKeyError):
        load_or_create(tmp_path / "another").unseal(PLACE, sealed)


@pytest.mark.usefixtures("processes")
def test_processes_that_start_at_once_have_the_same_keys(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from erikti.sealing import load_or_create\n"
        "sys.stdin.readline(); print(load_or_create(Path(sys.argv[1])).digest(''))"
    )
    command = ["-c", code, str(tmp_path / "sealing.keys")]
    started = [
        forked.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert len({process.communicate(timeout=60)[0] for process in started}) == 1


@pytest.mark.parametrize("content", [b"k1:canary", b"\xffcanary", b""])
def test_a_file_that_is_no_keyring_is_refused_without_its_content(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "sealing.keys"
    path.write_bytes(content)
    with pytest.raises(SealingError, match=str(path)) as caught:
        load_or_create(path)
    assert "canary" not in str(caught.value)
    assert path.read_bytes() == content
