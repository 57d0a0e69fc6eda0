"""The command line: ``erikti serve|migrate|import|demo|keys|audit|documents|sdl|token``."""

import os
import sys

try:
    from erikti.commands.errors import PRIVATE, reported
    from erikti.commands.table import Entry, Table
except KeyboardInterrupt:
    sys.exit(130)  # as ``reported`` does, which is not there yet

app = Table(
    {
        "serve": Entry("serve", "Answer queries at HOST and PORT (127.0.0.1:8000)."),
        "migrate": Entry("migrate", "Bring the database to the schema of this version."),
        "demo": Entry(
            "demo",
            "Fill the database with an invented country that has the published figures.",
        ),
        "sdl": Entry("sdl", "Write schema/schema.graphql from the schema."),
        "import": Entry(
            "import_",
            "Import a file of records; the same file twice changes nothing.",
        ),
        "token": Entry(
            "token",
            "Print a token for trying the API out; demo mode alone has them.",
        ),
        "keys": Entry("keys", "The keys that personal data is sealed under."),
        "audit": Entry("audit", "The access log: verify it, hand it out."),
        "documents": Entry("documents", "The documents that clients may ask for by id."),
    },
    help="Erikti: volunteering data behind one endpoint.",
)


def main() -> None:
    """Run the command line; exit 1 with one line on what was wrong, never with a traceback."""
    os.umask(PRIVATE)
    with reported():
        app()


if __name__ == "__main__":
    main()
