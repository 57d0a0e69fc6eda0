"""Fields of the volunteer registry."""

from resolvers.personal_policy import party

# The organisation or person that a grant went to.
recipient = party("recipient_person_id", "recipient_organisation_id")
