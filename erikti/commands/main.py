"""The command line ``erikti``: its commands, each with a line of help."""

import os
import sys

try:
    from erikti.commands.errors import PRIVATE, reported
    from erikti.commands.table import Entry, Table
except KeyboardInterrupt:
    sys.exit(130)  # like ``reported``, which is not imported yet

app = Table(
    {
        "serve": Entry("serve", "Serve the API at the variables HOST and PORT (127.0.0.1:8000)."),
        "work": Entry(
            "work", "Do background work until a signal stops it; `erikti serve` does it as well."
        ),
        "migrate": Entry("migrate", "Migrate the database to this version."),
        "demo": Entry(
            "demo",
            "Fill the database with a generated country that matches the published figures.",
        ),
        "sdl": Entry("sdl", "Write schema/schema.graphql from the schema."),
        "import": Entry(
            "import_",
            "Import a file of records; importing the same file again changes nothing.",
        ),
        "changes": Entry(
            "changes", "List the last change sets: who changed records, when, why, and how many."
        ),
        "template": Entry(
            "template",
            "Write an XLSX template for files of a kind, with lists of values and an example row.",
        ),
        "token": Entry(
            "token",
            "Print a token for trying out the API, only in demo mode.",
        ),
        "keys": Entry("keys", "Create and rotate the keys that seal personal data."),
        "suppressions": Entry(
            "suppressions",
            "List erased people, by keyed hashes, whom imports must not record again.",
        ),
        "people": Entry("people", "Merge two records of one person, and undo it."),
        "audit": Entry("audit", "Verify and export the access log."),
        "documents": Entry(
            "documents", "Publish, list and revoke trusted documents, which clients request by ID."
        ),
    },
    line="Erikti: volunteering data at one GraphQL endpoint.",
)


def main() -> None:
    """Run the command line; an error exits with 1 and one line instead of a traceback."""
    os.umask(PRIVATE)
    with reported():
        app()


if __name__ == "__main__":
    main()
