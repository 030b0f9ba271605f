"""Where the views of Zipline's dialect are hung."""

from flask import Blueprint

zipline = Blueprint("zipline", __name__, url_prefix="/api")
