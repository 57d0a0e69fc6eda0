"""What a connection waits for."""

from enum import Enum, auto


class Phase(Enum):
    """What a connection waits for."""

    IDLE = auto()  # the first byte of a request
    HEADERS = auto()
    BODY = auto()
    ANSWER = auto()  # the application
    CLOSING = auto()


# A name of the module is found in a tenth of the time that one of the class takes (Python 3.11).
IDLE, HEADERS, BODY, ANSWER, CLOSING = Phase
