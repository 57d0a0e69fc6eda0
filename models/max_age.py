"""The number of seconds for which data read from the tables may be cached."""

REFERENCE = 3600  # changes only with a version of Erikti
RECORDS = 60  # an import may change it at any time
