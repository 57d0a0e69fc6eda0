"""The commands ``erikti audit verify|export|public-key``."""

from erikti.commands.table import Entry, Table

app = Table(
    {
        "verify": Entry(
            "audit_verify", "Verify the log and print the first problem of each chain."
        ),
        "export": Entry(
            "audit_export",
            "Write entries, checkpoints and public key to a folder, for verification elsewhere.",
        ),
        "public-key": Entry("audit_public_key", "Print the public key that verifies checkpoints."),
    },
    line="Verify and export the access log.",
)
