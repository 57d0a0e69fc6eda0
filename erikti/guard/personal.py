"""The pattern of personal data and tokens in a text from a client."""

import re

# An identification number, a telephone number, an e-mail address, a token.
PERSONAL = re.compile(
    r"(?<![0-9])[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[1-6][0-9]{5}(?![0-9])"
    r"|\+[0-9]{10,15}(?![0-9])|[\w.+-]@[\w-]+\.[A-Za-z]|eyJ[\w-]{8,}\.[\w-]+\."
)
