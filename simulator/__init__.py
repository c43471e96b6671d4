"""Stand-in payment gateways over real HTTP, for demonstrations, tests and benchmarks. Knows nothing of the project."""
