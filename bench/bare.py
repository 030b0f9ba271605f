"""The floor: the same gunicorn, and a Flask route that answers with JSON."""

from flask import Flask

app = Flask(__name__)


@app.get("/bare")
def bare() -> dict[str, bool]:
    """Answer with as little as an API can."""
    return {"pass": True}
