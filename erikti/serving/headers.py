"""HTTP headers of every response, including those that the socket rejects."""

# Browsers take the response for nothing but what it says it is, show it in no frame, and tell no
# page where it came from.
ON_EVERY_ANSWER = (
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
)
LINES_ON_EVERY_ANSWER = "".join(f"{n}: {v}\r\n" for n, v in ON_EVERY_ANSWER).encode()
