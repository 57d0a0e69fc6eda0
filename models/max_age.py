"""For how many seconds what was read from the tables may be kept."""

REFERENCE = 3600  # what changes with a version of Erikti alone
RECORDS = 60  # what an import may change at any time
