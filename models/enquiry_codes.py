"""The codes of enquiries to the call centres."""

from enum import StrEnum

from models.states import State, States


class EnquiryChannel(StrEnum):
    """The channel by which an enquiry reached the call centre."""

    PHONE = "PHONE"
    MESSENGER = "MESSENGER"
    EMAIL = "EMAIL"
    WEB = "WEB"


class EnquiryTopic(StrEnum):
    """The topic of an enquiry."""

    REGISTRATION = "REGISTRATION"
    PROJECTS = "PROJECTS"
    HOURS = "HOURS"
    GRANTS = "GRANTS"
    HELP_REQUEST = "HELP_REQUEST"
    COMPLAINT = "COMPLAINT"
    OTHER = "OTHER"


class EnquiryStatus(StrEnum):
    """The status of an enquiry."""

    OPEN = "OPEN"
    IN_PROGRESS = "IN_PROGRESS"
    RESOLVED = "RESOLVED"
    REJECTED = "REJECTED"


ENQUIRY_STATES = States(
    "status",
    EnquiryStatus,
    (
        State("OPEN", (), ("region", "ministry"), first=True),
        # Those that were closed may be taken up again.
        State("IN_PROGRESS", ("OPEN", "RESOLVED", "REJECTED"), ("region", "ministry")),
        State("RESOLVED", ("OPEN", "IN_PROGRESS"), ("region", "ministry")),
        State("REJECTED", ("OPEN", "IN_PROGRESS"), ("region", "ministry")),
    ),
)
