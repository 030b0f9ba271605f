"""The rules. Nothing here knows Flask, marshmallow or a dialect."""
