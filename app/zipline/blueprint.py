"""The blueprint for Zipline's API."""

from flask import Blueprint

zipline = Blueprint("zipline", __name__, url_prefix="/api")
