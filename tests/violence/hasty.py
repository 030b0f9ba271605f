"""Our worker, in a hurry: a test need not wait for as long as a client may take."""

from app.serving.worker import Worker


class Hasty(Worker):
    """Gives a request two seconds."""

    patience = 2.0
