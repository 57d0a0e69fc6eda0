"""Where errors happened and which trace a request belongs to."""
