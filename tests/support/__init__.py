"""What tests, benchmarks and interop share: real servers in processes, clients, identities."""
