"""The enums of the national volunteer registry, with their meanings."""

from models.enquiry_codes import EnquiryChannel, EnquiryStatus, EnquiryTopic
from models.volunteers import (
    Direction,
    FrontOfficeKind,
    GrantStatus,
    OrganisationKind,
    ParticipationRole,
    ProjectStatus,
    VolunteerStatus,
)
from schema.building.fields import enum

__all__ = [
    "Direction",
    "EnquiryChannel",
    "EnquiryStatus",
    "EnquiryTopic",
    "FrontOfficeKind",
    "GrantStatus",
    "OrganisationKind",
    "ParticipationRole",
    "ProjectStatus",
    "VolunteerStatus",
]

enum(
    Direction,
    "A field of volunteer work.",
    ANIMALS="Care for animals.",
    CULTURE="Culture and the arts.",
    DIGITAL="Digital skills and media.",
    ECOLOGY="Ecology and the environment.",
    EDUCATION="Education and mentoring.",
    EMERGENCY="Emergencies and disasters.",
    EVENTS="Public events.",
    HEALTH="Health care.",
    HERITAGE="Historical and cultural heritage.",
    SEARCH="Search for missing people.",
    SOCIAL="Social help.",
    SPORT="Sport and sports events.",
)
enum(
    FrontOfficeKind,
    "The kind of a front office.",
    NATIONAL="Serves the whole country.",
    REGIONAL="Serves one region.",
)
enum(
    OrganisationKind,
    "The kind of a volunteer organisation.",
    PUBLIC_ASSOCIATION="A public association: a non-profit organisation with members.",
    PUBLIC_FOUNDATION="A public foundation: a non-profit organisation without members.",
    STUDENT="An organisation of students in higher or vocational education.",
    SCHOOL="An organisation of pupils at a school.",
    CORPORATE="The volunteers of an enterprise.",
    STATE="An organisation founded by a public body.",
)
enum(
    VolunteerStatus,
    "The status of a volunteer in the registry.",
    ACTIVE="Takes part in projects.",
    INACTIVE="Takes part in no projects at present.",
    WITHDRAWN="Has left the registry.",
)
enum(
    ProjectStatus,
    "The status of a project.",
    PLANNED="Has not begun.",
    ACTIVE="Is being carried out.",
    COMPLETED="Has ended as planned.",
    CANCELLED="Was called off.",
)
enum(
    ParticipationRole,
    "The role of a volunteer in a project.",
    PARTICIPANT="Takes part.",
    COORDINATOR="Coordinates other volunteers.",
    ORGANISER="Organises the project.",
)
enum(
    GrantStatus,
    "The status of a grant.",
    AWARDED="The award was decided; the work has not begun.",
    ACTIVE="The work that the grant pays for is under way.",
    COMPLETED="The work has ended.",
    REVOKED="The award was withdrawn.",
)
enum(
    EnquiryChannel,
    "The channel by which an enquiry reached the call centre.",
    PHONE="By telephone.",
    MESSENGER="In a messenger app.",
    EMAIL="By e-mail.",
    WEB="Through a website.",
)
enum(
    EnquiryTopic,
    "The topic of an enquiry.",
    REGISTRATION="Registration as a volunteer.",
    PROJECTS="Projects to take part in.",
    HOURS="Counting of volunteer hours.",
    GRANTS="Small grants.",
    HELP_REQUEST="A request for help from volunteers.",
    COMPLAINT="A complaint about a volunteer, an organisation or an office.",
    OTHER="Any other topic.",
)
enum(
    EnquiryStatus,
    "The status of an enquiry.",
    OPEN="Received, and not assigned yet.",
    IN_PROGRESS="Being worked on.",
    RESOLVED="Closed with a resolution.",
    REJECTED="Closed without a resolution.",
)
