"""Tag a release, or say what stands in its way: ``python -m tools.release``."""

import subprocess
import sys

from tools.papers import ROOT, obstacles, version


def git(*arguments: str) -> str:
    """Run git in the root of the repository and return what it prints."""
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def main() -> int:
    """Tag the commit with its version; return 1, and change nothing, if it is no release."""
    name = f"v{version()}"
    found = obstacles()
    if git("status", "--porcelain"):
        found.append("Commit your changes first: a tag names a commit.")
    if git("tag", "--list", name):
        found.append(f"The tag {name} exists already.")
    if found:
        print(f"{name} cannot be released:", *found, sep="\n  ", file=sys.stderr)
        return 1
    git("tag", "--annotate", name, "--message", f"Erikti {version()}")
    print(f"Tagged {name}. Publish it with: git push origin {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
