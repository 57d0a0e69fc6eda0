"""The command line: ``erikti serve|migrate|import|demo|keys|audit|documents|sdl|token``."""

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
        "token": Entry(
            "token",
            "Print a token for trying out the API, only in demo mode.",
        ),
        "keys": Entry("keys", "Create and rotate the keys that seal personal data."),
        "audit": Entry("audit", "Verify and export the access log."),
        "documents": Entry(
            "documents", "Publish, list and revoke trusted documents, which clients request by ID."
        ),
    },
    help="Erikti: volunteering data at one GraphQL endpoint.",
)


def main() -> None:
    """Run the command line; an error exits with 1 and one line instead of a traceback."""
    os.umask(PRIVATE)
    with reported():
        app()


if __name__ == "__main__":
    main()
