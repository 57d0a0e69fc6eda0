"""Parser of e-mail addresses; their domains are stored in Unicode and small letters."""

import re
from unicodedata import normalize

from email_validator import EmailNotValidError, validate_email

from erikti.writing.names import TO_LATIN, WORD, scripts
from erikti.writing.problems import DoubtfulError, InvalidError, Settled
from erikti.writing.texts import clean

LONGEST = 254
# Addresses that the library returns unchanged, which are most of all.
USUAL = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9_+-]{0,15}(?:\.[A-Za-z0-9_+-]{1,15}){0,3}"
    r"@(?:[a-z0-9]{1,30}(?:-[a-z0-9]{1,30})?\.){1,3}(?:com|edu|gov|kg|kz|net|org|ru|uz)"
)
ADDRESS = re.compile(r"[^\s,;<>]+@[^\s,;<>]+")


def email(value: object) -> str | None:
    """Parse one e-mail address; raises DoubtfulError for letters that look like others."""
    if value is None or (type(value) is str and USUAL.fullmatch(value)):
        return value
    if isinstance(value, Settled):
        return str(value)
    content = clean(value)
    if not content:
        return None
    if len(ADDRESS.findall(content)) > 1:
        raise InvalidError("SEVERAL_VALUES", "one e-mail address is expected, not several")
    if "<" in content or content.lower().startswith("mailto:"):
        reason = "only the address is expected, without a name or mailto:"
        raise InvalidError("INVALID_EMAIL", reason)
    try:
        found = validate_email(content, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise InvalidError("INVALID_EMAIL", f"not an e-mail address: {error}") from None
    if len(found.normalized) > LONGEST:
        raise InvalidError("TOO_LONG", f"at most {LONGEST} characters are allowed")
    if len(found.domain.rpartition(".")[2]) < 2:
        raise InvalidError("INVALID_EMAIL", "not an e-mail address: no domain ends in one letter")
    _check_scripts(found.local_part, found.domain, found.normalized)
    return found.normalized


def _check_scripts(local: str, domain: str, address: str) -> None:
    """Raise an error for letters that stand for others which look alike."""
    if any(len(scripts(label)) > 1 for label in domain.split(".")):
        reason = "a part of the domain has letters of several scripts"
        raise InvalidError("MIXED_SCRIPTS", reason)
    for word in WORD.findall(local):
        alike = domain.isascii() and not word.isascii() and word.translate(TO_LATIN).isascii()
        if alike or len(scripts(word)) > 1 or normalize("NFKC", word) != word:
            reason = f"{word} has letters that look like those of another script; kept"
            raise DoubtfulError("MIXED_SCRIPTS", reason, Settled(address))
