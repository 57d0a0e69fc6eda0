"""The command line: ``erikti serve|migrate|import|demo|keys|audit|documents|sdl|token``."""

import os
import sys

try:
    from commands.errors import PRIVATE, reported
    from commands.table import Entry, Table
except KeyboardInterrupt:
    sys.exit(130)  # as ``reported`` does, which is not there yet

app = Table(
    {
        "serve": Entry("commands.serve", "Answer queries at HOST and PORT (127.0.0.1:8000)."),
        "migrate": Entry("commands.migrate", "Bring the database to the schema of this version."),
        "demo": Entry(
            "commands.demo",
            "Fill the database with an invented country that has the published figures.",
        ),
        "sdl": Entry("commands.sdl", "Write schema/schema.graphql from the schema."),
        "import": Entry(
            "commands.import_", "Import a file of records; the same file twice changes nothing."
        ),
        "token": Entry(
            "commands.token", "Print a token for trying the API out; demo mode alone has them."
        ),
        "keys": Entry("commands.keys", "The keys that personal data is sealed under."),
        "audit": Entry("commands.audit", "The access log: verify it, hand it out."),
        "documents": Entry("commands.documents", "The documents that clients may ask for by id."),
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
