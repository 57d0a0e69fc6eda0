"""The servers that Erikti is compared with; those in Python are modules here."""
