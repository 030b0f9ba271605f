"""The blueprint for Clerk's Frontend API."""

from flask import Blueprint

clerk = Blueprint("clerk", __name__)
