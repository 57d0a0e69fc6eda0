"""The tables of docs/benchmarks.md: each module measures one, or two that are alike."""
