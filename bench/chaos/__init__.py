"""The proof by crashing: processes are killed at every step of every flow, and an independent checker counts the money.

`python -m bench.chaos`, or `make chaos`. docs/reliability.md says what is promised and what a run found.
"""
