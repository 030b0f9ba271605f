"""The statements that store audit events, built once as those of statements.py."""

from typing import Any

from peewee import SQL, Insert, Select, fn

from app.storage.models import AuditEvent
from app.storage.statement import Statement, insert, value


def _recent() -> Select:
    """Select when the newest event but `skipped` was, of a kind and user, lately."""
    return (
        AuditEvent.select(AuditEvent.at)
        .where(
            AuditEvent.user_id == value("user_id"),
            AuditEvent.event == value("event"),
            AuditEvent.at > value("since"),
        )
        .order_by(AuditEvent.at.desc())
        .limit(SQL("1"))
        .offset(value("skipped"))
    )


def _insert_unless_full() -> Insert:
    fields = [field for field in AuditEvent._meta.sorted_fields if not field.auto_increment]
    row: Any = Select(columns=[value(field.column_name) for field in fields])
    return AuditEvent.insert_from(row.where(~fn.EXISTS(_recent())), fields)


AUDIT_INSERT = Statement(lambda: insert(AuditEvent))
AUDIT_BEFORE = Statement(_recent)
# Stores nothing where there are more than `skipped` of this kind and user since a time.
AUDIT_INSERT_UNLESS_FULL = Statement(_insert_unless_full)
