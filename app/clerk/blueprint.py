"""Where the views of Clerk's dialect are hung."""

from flask import Blueprint

clerk = Blueprint("clerk", __name__)
