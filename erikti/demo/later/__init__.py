"""What the country did after the day on which its figures were published, up to ``Nation.today``.

A record depends on its own day only, so a country of a later day has the same records and more.
"""
