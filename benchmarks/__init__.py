"""What is measured: figures with their machine and date, never asserted in tests."""
