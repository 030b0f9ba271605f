"""gunicorn's settings and worker. Nothing here imports another part of Passline."""
