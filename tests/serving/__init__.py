"""Sockets, processes and supervision."""
