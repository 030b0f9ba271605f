"""The blueprints of our pages and of their JSON API."""

from flask import Blueprint

pages = Blueprint("pages", __name__)
account = Blueprint("account", __name__, url_prefix="/account/api")
