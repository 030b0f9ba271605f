"""The rules of the service. Nothing here knows Flask, marshmallow or a dialect."""
