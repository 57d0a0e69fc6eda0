"""Forged access tokens: each is valid except for the defect in its name."""

import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe
from joserfc.jwk import ECKey, Key, OctKey, RSAKey
from joserfc.util import urlsafe_b64encode

from tests.support.issuer import Issuer, new_keys, sign


@dataclass(frozen=True)
class Forgery:
    """How to create a token, and the reason why it is rejected."""

    make: Callable[[Issuer], str]
    reason: str


@cache
def foreign() -> dict[str, Key]:
    """Keys of an attacker under the names of the provider's keys."""
    return new_keys()


def claim(reason: str, **claims: Any) -> Forgery:
    """A token with a valid signature and wrong claims."""
    return Forgery(lambda issuer: issuer.token(**claims), reason)


def late(reason: str, **seconds: int) -> Forgery:
    """A token with times that are some seconds from now."""

    def make(issuer: Issuer) -> str:
        now = int(time.time())
        times: dict[str, Any] = {name: now + offset for name, offset in seconds.items()}
        return issuer.token(**times)

    return Forgery(make, reason)


def head(reason: str, **header: Any) -> Forgery:
    """A token with a valid signature and another header."""
    return Forgery(lambda issuer: issuer.token(header=header), reason)


def _unsigned(issuer: Issuer, algorithm: str = "none", signature: str = "") -> str:
    parts = issuer.token(header={"alg": algorithm}).split(".")
    return f"{parts[0]}.{parts[1]}.{signature}"


def _confused(issuer: Issuer, encoding: Encoding) -> str:
    """The public key of the provider, used as a symmetric key."""
    public: Any = issuer.keys["rsa"].public_key
    secret = public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    signed = issuer.token(header={"alg": "HS256"}).rpartition(".")[0]
    made = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(made).decode()}"


def _stolen(issuer: Issuer, **header: Any) -> str:
    """Signed with a foreign key that the header recommends."""
    return issuer.token(key=foreign()["rsa"], header=header)


def _own_jwk(issuer: Issuer) -> str:
    return _stolen(issuer, jwk=foreign()["rsa"].as_dict(private=False))


def _weak(issuer: Issuer, algorithm: str, key: Key) -> str:
    header = {"alg": algorithm, "typ": "at+jwt", "kid": key.kid}
    return sign(_json(header), _json(issuer.claims()), key, algorithm)


def _other_algorithm(issuer: Issuer, algorithm: str) -> str:
    return _weak(issuer, algorithm, issuer.keys["rsa"])


def _raw(issuer: Issuer, payload: bytes, header: bytes | None = None) -> str:
    told = header or _json({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"})
    return sign(told, payload, issuer.keys["rsa"], "RS256")


def _twice(issuer: Issuer, claim: bytes) -> str:
    return _raw(issuer, _json(issuer.claims())[:-1] + b"," + claim + b"}")


def _changed(issuer: Issuer) -> str:
    head_, _, signature = issuer.token().split(".")
    return ".".join(
        (head_, urlsafe_b64encode(_json(issuer.claims(sub="other"))).decode(), signature)
    )


def _encrypted(issuer: Issuer) -> str:
    header = {"alg": "RSA-OAEP", "enc": "A256GCM", "typ": "at+jwt", "kid": "rsa"}
    public: Any = issuer.keys["rsa"].public_key
    key = RSAKey.import_key(public)
    return jwe.encrypt_compact(header, _json(issuer.claims()), key, ["RSA-OAEP", "A256GCM"])


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


SHAPE = "the token is not a signed JWT"
ALGORITHM = "the algorithm is not allowed"
PARAMETER = "the header has a parameter that is not allowed"
KIND = "this is not an access token (typ at+jwt)"
UNKNOWN = "the token is signed with an unknown key"
SIGNATURE = "the signature is invalid"
JSON = "the token is not valid JSON"
MISSING = "a claim is missing that RFC 9068 requires"
LONG = "the lifetime of the token is too long"
CNF = "the claim cnf does not bind the token to a certificate"
PERSON = "0190a1b2-0000-7000-8000-000000000001"


def wrong(name: str) -> str:
    """Return the reason for a claim with a wrong value."""
    return f"the claim {name} is not acceptable"


def malformed(name: str) -> str:
    """Return the reason for a malformed claim."""
    return f"the claim {name} is malformed"


FORGERIES: dict[str, Forgery] = {
    # No signature, or one that anybody can make.
    "alg none": Forgery(_unsigned, SHAPE),
    "alg none with a signature": Forgery(lambda i: _unsigned(i, signature="AAAA"), ALGORITHM),
    "alg NONE in capitals": Forgery(lambda i: _unsigned(i, "NONE", "AAAA"), ALGORITHM),
    "alg RS256 without a signature": Forgery(lambda i: _unsigned(i, "RS256"), SHAPE),
    "HS256 with the public key in PEM": Forgery(lambda i: _confused(i, Encoding.PEM), ALGORITHM),
    "HS256 with the public key in DER": Forgery(lambda i: _confused(i, Encoding.DER), ALGORITHM),
    "HS256 with a secret": Forgery(
        lambda i: _weak(i, "HS256", OctKey.generate_key(256, {"kid": "oct"})), ALGORITHM
    ),
    "RS512, which is not on the list": Forgery(lambda i: _other_algorithm(i, "RS512"), ALGORITHM),
    "ES384, which is not on the list": Forgery(
        lambda i: _weak(i, "ES384", ECKey.generate_key("P-384", {"kid": "ec"})), ALGORITHM
    ),
    "EdDSA, which names no curve": Forgery(
        lambda i: i.token("Ed25519", {"alg": "EdDSA"}), ALGORITHM
    ),
    "alg is a list": head(ALGORITHM, alg=["RS256"]),
    "no alg": head(ALGORITHM, alg=None),
    "ES256 with the name of an RSA key": head(UNKNOWN, alg="ES256"),
    "PS256 said, RS256 signed": head(SIGNATURE, alg="PS256"),
    # Keys of an attacker.
    "signed with a foreign key": Forgery(_stolen, SIGNATURE),
    "foreign kid": Forgery(lambda i: _stolen(i, kid="foreign"), UNKNOWN),
    "kid is a path": Forgery(lambda i: _stolen(i, kid="../../dev/null"), UNKNOWN),
    "kid is a statement": Forgery(lambda i: _stolen(i, kid="' OR 1=1 --"), UNKNOWN),
    "no kid": head("the header has no key id (kid)", kid=None),
    "kid is a number": head("the header has no key id (kid)", kid=1),
    "jku points to a foreign key": Forgery(lambda i: _stolen(i, jku=f"{i.url}/foreign"), PARAMETER),
    "jwk is a foreign key": Forgery(_own_jwk, PARAMETER),
    "x5u points to a foreign key": Forgery(lambda i: _stolen(i, x5u=f"{i.url}/x5u"), PARAMETER),
    "x5c is a foreign certificate": Forgery(lambda i: _stolen(i, x5c=["MIIB"]), PARAMETER),
    "crit names an extension": head(PARAMETER, crit=["exp"], exp=1),
    "b64 false": head(PARAMETER, b64=False, crit=["b64"]),
    "zip": head(PARAMETER, zip="DEF"),
    "signature of another token": Forgery(
        lambda i: i.token(sub="a").rpartition(".")[0] + "." + i.token().rpartition(".")[2],
        SIGNATURE,
    ),
    "claims changed after signing": Forgery(_changed, SIGNATURE),
    # Not an access token, or not one token.
    "an ID token": head(KIND, typ="JWT"),
    "typ is missing": head(KIND, typ=None),
    "typ of a logout token": head(KIND, typ="logout+jwt"),
    "a JWT within a JWT": head(PARAMETER, cty="JWT"),
    "payload is a JWT": Forgery(lambda i: _raw(i, i.token().encode()), JSON),
    "encrypted": Forgery(_encrypted, SHAPE),
    "JSON serialization": Forgery(lambda _: '{"payload":"","signatures":[]}', SHAPE),
    "two tokens": Forgery(lambda i: f"{i.token()},{i.token()}", SHAPE),
    "padding in base64": Forgery(lambda i: i.token() + "==", SHAPE),
    "a line feed at the end": Forgery(lambda i: i.token() + "\n", SHAPE),
    "letters that only look like base64": Forgery(lambda i: i.token()[:-4] + "ａｂｃｄ", SHAPE),
    "1 MB": Forgery(lambda i: i.token(more="x" * 1_000_000), "the token is too long"),
    "8 KiB and a little": Forgery(lambda i: i.token(more="x" * 6_000), "the token is too long"),
    "payload is a list": Forgery(lambda i: _raw(i, b"[]"), JSON),
    "payload is not JSON": Forgery(lambda i: _raw(i, b"iss=a"), JSON),
    "payload is bad UTF-8": Forgery(lambda i: _raw(i, b'{"sub":"\xff"}'), JSON),
    "payload nests 5,000 lists": Forgery(lambda i: _raw(i, b'{"a":' + b"[" * 5000), JSON),
    "header is a list": Forgery(lambda i: _raw(i, b"{}", b"[]"), JSON),
    "a claim twice": Forgery(lambda i: _twice(i, b'"sub":"other"'), JSON),
    "a claim of ours twice": Forgery(lambda i: _twice(i, b'"erikti_country":"KZ"'), JSON),
    "alg twice": Forgery(
        lambda i: _raw(
            i, _json(i.claims()), b'{"alg":"none","typ":"at+jwt","kid":"rsa","alg":"RS256"}'
        ),
        JSON,
    ),
    "exp is NaN": Forgery(lambda i: _raw(i, _json(i.claims(exp=float("nan")))), JSON),
    # Of another issuer, for another server, at another time.
    "no iss": claim(MISSING, iss=None),
    "iss of another": claim(wrong("iss"), iss="https://id.example"),
    "iss with a slash more": Forgery(lambda i: i.token(iss=i.url + "/"), wrong("iss")),
    "no aud": claim(MISSING, aud=None),
    "aud of another": claim(wrong("aud"), aud="urn:other:api"),
    "aud of others": claim(wrong("aud"), aud=["urn:other:api", "urn:erikti"]),
    "aud is empty": claim(wrong("aud"), aud=[]),
    "aud only begins like ours": claim(wrong("aud"), aud="urn:erikti:api.example"),
    "no exp": claim(MISSING, exp=None),
    "expired": late(wrong("exp"), iat=-600, exp=-60),
    "exp is text": claim(wrong("exp"), exp="9999999999"),
    "exp is true": claim(wrong("exp"), exp=True),
    "exp beyond all numbers": Forgery(
        lambda i: _raw(i, _json(i.claims(exp=0)).replace(b'"exp": 0', b'"exp": 1e999')),
        wrong("exp"),
    ),
    "too long-lived": late(LONG, iat=0, exp=3_700),
    "lives for ever": claim(LONG, exp=10**18),
    "no iat": claim(MISSING, iat=None),
    "iat in the future": late(wrong("iat"), iat=300, exp=600),
    "exp before iat": late(LONG, iat=20, exp=10),
    "not yet valid": late(wrong("nbf"), nbf=300),
    "nbf is text": claim(wrong("nbf"), nbf="now"),
    "no sub": claim(MISSING, sub=None),
    "sub is a number": claim(wrong("sub"), sub=1),
    "sub with a line feed": claim(malformed("sub"), sub="a\nb"),
    "sub of 256 characters": claim(malformed("sub"), sub="a" * 256),
    "no client_id": claim(MISSING, client_id=None),
    "client_id is empty": claim(wrong("client_id"), client_id=""),
    "client_id is a list": claim(malformed("client_id"), client_id=["a"]),
    "no jti": claim(MISSING, jti=None),
    "scope is a list": claim(malformed("scope"), scope=["people:read"]),
    # Without what must narrow it, or with what narrows nothing.
    "no role": claim("the claim erikti_role is not a known role", erikti_role=None),
    "a role that is none": claim(
        "the claim erikti_role is not a known role", erikti_role="superuser"
    ),
    "no country": claim("the role needs the claim erikti_country", erikti_country=None),
    "country in small letters": claim(malformed("erikti_country"), erikti_country="kz"),
    "country of three letters": claim(malformed("erikti_country"), erikti_country="KAZ"),
    "ministry of another country": claim(
        "the claim erikti_country does not fit the role", erikti_country="KG"
    ),
    "partner of our own country": claim(
        "the claim erikti_country does not fit the role", erikti_role="partner"
    ),
    "region without its region": claim(
        "the role needs the claim erikti_region", erikti_role="region"
    ),
    "region of another country": claim(
        malformed("erikti_region"), erikti_role="region", erikti_region="KG-C"
    ),
    "person without their id": claim(
        "the role needs the claim erikti_person", erikti_role="person"
    ),
    "person is no UUID": claim(
        malformed("erikti_person"), erikti_role="person", erikti_person=PERSON[:-1]
    ),
    "a bound that is misspelt": claim(
        "a claim with the prefix erikti_ is unknown", erikti_regoin="KZ-75"
    ),
    "single use is text": claim(
        "the claim erikti_single_use is neither true nor false", erikti_single_use="true"
    ),
    # Bound to something.
    "bound to a DPoP key": claim(CNF, cnf={"jkt": "abc"}),
    "bound to a certificate and a key": claim(CNF, cnf={"x5t#S256": "abc", "jkt": "abc"}),
    "bound to nothing": claim(CNF, cnf={}),
    "cnf is text": claim(CNF, cnf="x5t#S256"),
    "bound to a certificate that is not shown": claim(
        "the token is bound to a client certificate", cnf={"x5t#S256": "A" * 43}
    ),
}
