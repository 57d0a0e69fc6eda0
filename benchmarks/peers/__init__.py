"""The servers that Erikti is compared with; the Python ones are modules here."""
