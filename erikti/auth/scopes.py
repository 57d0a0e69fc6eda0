"""The permissions that callers can be granted (OAuth 2.0 scopes)."""

from enum import StrEnum


class Scope(StrEnum):
    """A permission: ``<domain>:<action>``."""

    VOLUNTEERS_READ = "volunteers:read"
    CIS_FORUM_READ = "cis_forum:read"
    UN_PLACEMENTS_READ = "un_placements:read"
    AWARDS_READ = "awards:read"
    PEOPLE_READ = "people:read"
    PEOPLE_READ_IIN = "people:read_iin"
    AUDIT_READ = "audit:read"
    BULK_READ = "bulk:read"
    GRAPH_READ = "graph:read"
