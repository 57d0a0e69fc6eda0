"""The key that signs tokens in demo mode, in a file of its own.

It is apart from the tokens, which import much that a command has no use for.
"""

from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from erikti.sealing import SealingError, create_once

LIFETIME = 900  # seconds that a token is valid
NOTICE = (
    "demo mode: no ERIKTI_OIDC_ISSUER is set, so this server trusts tokens that it signs itself "
    "(erikti token). Do not put real data in it."
)


def demo_key(folder: Path) -> OKPKey:
    """Return the key, created at the first start with mode 0600; raises SealingError."""
    path = folder / "demo-tokens.pem"
    create_once(path, lambda file: file.write_bytes(_new()))
    try:
        key = OKPKey.import_key(path.read_bytes())
    except (ValueError, JoseError):
        key = None
    if key is None or key.curve_name != "Ed25519":
        raise SealingError(f"{path} holds no Ed25519 key in PEM: restore or remove it")
    return key


def _new() -> bytes:
    return OKPKey.generate_key("Ed25519").as_pem(private=True)
