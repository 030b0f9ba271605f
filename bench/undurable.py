"""Passline without durable commits, to see what they cost."""

from app import create_app
from app.storage import database

database.durable = database.transient
app = create_app()
