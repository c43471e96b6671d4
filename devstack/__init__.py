"""The stack on one machine: an embedded PostgreSQL and broker, and the supervisor behind `make run`, `test` and `demo`.

Nothing else imports it, and it is not installed in production.
"""
