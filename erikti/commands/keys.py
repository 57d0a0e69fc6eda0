"""The commands ``erikti keys new|status|rotate``."""

from erikti.commands.table import Entry, Table

app = Table(
    {
        "new": Entry(
            "keys_new",
            "Print a fresh key; put it in front of ERIKTI_KEYS or on top of the file of keys.",
        ),
        "status": Entry("keys_status", "Tell how many values are sealed under which key."),
        "rotate": Entry(
            "keys_rotate",
            "Seal everything under the first key of ERIKTI_KEYS, while the server serves.",
        ),
    },
    help="The keys that personal data is sealed under.",
)
