"""Our worker in a hurry: a test need not wait as long as a client usually may take."""

from app.serving.worker import Worker


class Hasty(Worker):
    """A worker that waits two seconds for a request, and one for a turn."""

    patience = 2.0
    turn_patience = 1.0
