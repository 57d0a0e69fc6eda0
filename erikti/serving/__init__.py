"""Sockets and processes: what is between the network and the application."""
