"""The commands ``erikti keys new|status|rotate``."""

from erikti.commands.table import Entry, Table

app = Table(
    {
        "new": Entry(
            "keys_new",
            "Print a new key, to be put first in ERIKTI_KEYS or in the file of keys.",
        ),
        "status": Entry("keys_status", "Show the number of values sealed with each key."),
        "rotate": Entry(
            "keys_rotate",
            "Reseal all values with the first key of ERIKTI_KEYS, while the server is running.",
        ),
    },
    line="Create and rotate the keys that seal personal data.",
)
