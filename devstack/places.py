"""Where the database and the broker of a stack are: its own, or the ones the environment names."""

import os
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """The URL the service uses, the URL of the role that owns and migrates, and the role that is granted DML."""

    url: str = field(repr=False)
    owner_url: str = field(repr=False)
    app_role: str


@dataclass(frozen=True, slots=True)
class BrokerPlace:
    """The URL of the queue, and of a cache beside it ("" when there is none)."""

    url: str = field(repr=False)
    cache_url: str = field(repr=False)


def external_database() -> DatabasePlace | None:
    """Read DATABASE_URL, and DATABASE_OWNER_URL for migrations; without the latter one role does both."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return None
    owner_url = os.environ.get("DATABASE_OWNER_URL") or url
    return DatabasePlace(url=url, owner_url=owner_url, app_role=os.environ.get("APP_DB_ROLE", ""))


def external_broker() -> BrokerPlace | None:
    """Read CELERY_BROKER_URL, and REDIS_URL where the person has one."""
    url = os.environ.get("CELERY_BROKER_URL", "")
    if not url:
        return None
    return BrokerPlace(url=url, cache_url=os.environ.get("REDIS_URL", ""))
