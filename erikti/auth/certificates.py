"""Client certificates in the header ``Client-Cert``, as proxies forward them."""

import re
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from cryptography import x509

from erikti.errors import InvalidTokenError

BASE64 = rb"[A-Za-z0-9+/]+={0,2}"
STRUCTURED = re.compile(rb":(%b):" % BASE64)  # a byte sequence of RFC 9440
# A whole PEM file of one certificate, escaped: nginx' $ssl_client_escaped_cert.
ESCAPED = b"-----BEGIN%20CERTIFICATE-----"
PEM = re.compile(
    rb"-----BEGIN CERTIFICATE-----\n((?:[A-Za-z0-9+/]+\n)*%b\n)-----END CERTIFICATE-----\n?"
    % BASE64
)


def thumbprint(forwarded: bytes) -> str:
    """Return the SHA-256 of a certificate (base64url) from the value of ``Client-Cert``.

    Raise InvalidTokenError if it is malformed.
    """
    value = forwarded.strip()
    if value.startswith(ESCAPED):
        found = PEM.fullmatch(unquote_to_bytes(value))
    else:
        found = STRUCTURED.fullmatch(value)
    try:
        der = b64decode(b"".join(found[1].split()), validate=True) if found else b""
        x509.load_der_x509_certificate(der)
    except ValueError:
        raise InvalidTokenError("the proxy forwarded a malformed client certificate") from None
    return urlsafe_b64encode(sha256(der).digest()).rstrip(b"=").decode()
