"""Where the types of each kind of record are declared, for types that refer to one another."""

from resolvers.dataloaders import DOMAINS

MODULES = {
    listing.name: f"schema.{domain.__name__.rpartition('.')[2]}"
    for domain in DOMAINS
    for listing in domain.LISTINGS
} | {"SustainableDevelopmentGoal": "schema.people"}
