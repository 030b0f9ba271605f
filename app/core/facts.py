"""Facts about the installation that all its processes have to know, by name."""

from app.storage.models import Fact


def read(name: str) -> bytes | None:
    """Return the value of a fact, or None if nobody has stored it."""
    value = Fact.select(Fact.value).where(Fact.name == name).scalar()
    return None if value is None else bytes(value)


def write(name: str, value: bytes) -> None:
    """Store a fact, in the current transaction if there is one, unless it is stored."""
    if read(name) != value:
        query = Fact.insert(name=name, value=value)
        query.on_conflict(conflict_target=[Fact.name], update={Fact.value: value}).execute()
