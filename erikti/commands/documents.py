"""The commands ``erikti documents publish|list|revoke``."""

from erikti.commands.table import Entry, Table

app = Table(
    {
        "publish": Entry(
            "documents_publish",
            "Publish the documents in files, all or none; the same twice changes nothing.",
        ),
        "list": Entry("documents_list", "Show what is published."),
        "revoke": Entry("documents_revoke", "Let a document be run by its id no more."),
    },
    help="The documents that clients may ask for by id.",
)
