"""Keys of usernames without runs of spaces and invisible characters; handles in order. Frozen: write the next migration."""

import re
import unicodedata

from peewee import BigIntegerField, Model, TextField

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)


def key_of(username):
    normalised = unicodedata.normalize("NFKC", username)
    visible = "".join(
        each
        for each in normalised
        if unicodedata.category(each) != "Cf" and not _INVISIBLE.match(each)
    )
    return " ".join(unicodedata.normalize("NFKC", visible.casefold()).split())


def up(migrator, db):
    class User(Model):
        id = TextField(primary_key=True)
        username = TextField()
        username_key = TextField(unique=True)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "users"

    # The oldest of several accounts gets the key. The others keep theirs, by which they
    # are still found: app/core/text.py, username_keys().
    query = User.select(User.id, User.username, User.username_key).order_by(
        User.created_at, User.id
    )
    keys = [(user_id, key_of(username), old) for user_id, username, old in query.tuples()]
    taken = {old for _, _, old in keys}
    for user_id, new, _ in keys:
        if new and new not in taken:
            User.update(username_key=new).where(User.id == user_id).execute()
            taken.add(new)
    migrator.migrate(migrator.add_index("users", ("user_handle",)))
