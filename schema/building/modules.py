"""The modules that declare each record type, for types that refer to one another."""

from resolvers.dataloaders import DOMAINS

MODULES = {
    listing.name: f"schema.{domain.__name__.rpartition('.')[2]}"
    for domain in DOMAINS
    for listing in domain.LISTINGS
} | {"SustainableDevelopmentGoal": "schema.people"}
