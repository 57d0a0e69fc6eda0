"""Fields of the CIS Volunteers' Forum."""

from models.cis_forum import DelegateRole
from resolvers.data import Disclosed, First, ToOne
from resolvers.dataloaders.cis_forum import DELEGATES
from resolvers.dataloaders.listings import Comparison, PageRequest
from resolvers.dataloaders.lists import lists_by
from resolvers.dataloaders.people import PERSON_OF_DELEGATE

HEAD = First(
    lists_by(DELEGATES, "delegation_id"),
    PageRequest(size=1, condition=Comparison("role", "eq", DelegateRole.HEAD)),
)
PERSON = Disclosed(ToOne(PERSON_OF_DELEGATE, "person_id"))
