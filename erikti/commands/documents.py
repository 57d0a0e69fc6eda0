"""The commands ``erikti documents publish|list|revoke``."""

from erikti.commands.table import Entry, Table

app = Table(
    {
        "publish": Entry(
            "documents_publish",
            "Publish the documents in files, all or none; repeating it changes nothing.",
        ),
        "list": Entry("documents_list", "List published documents."),
        "revoke": Entry("documents_revoke", "Revoke a document, so that it cannot be run by ID."),
    },
    line="Publish, list and revoke trusted documents, which clients request by ID.",
)
