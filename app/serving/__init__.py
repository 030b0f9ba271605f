"""gunicorn's settings and its worker. Nothing here imports another part of Passline."""
