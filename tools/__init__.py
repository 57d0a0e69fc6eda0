"""What maintainers run: checks before a release, and the release itself."""
