"""Notes in a JSON file; knows nothing of the web."""

import json
import os
from dataclasses import asdict, dataclass


class Missing(LookupError):
    """There is no such note."""


class Locked(Missing):
    """The note is there, and nobody may see it."""


@dataclass
class Note:
    id: int
    owner: str
    text: str
    locked: bool = False


def path():
    return os.environ.get("NOTES_FILE", "notes.json")


def load():
    with open(path(), encoding="utf-8") as file:
        return [Note(**data) for data in json.load(file)]


def save(notes):
    with open(path(), "w", encoding="utf-8") as file:
        json.dump([asdict(note) for note in notes], file)


def reset():
    save([Note(1, "ann", "milk"), Note(2, "bob", "a bike"), Note(3, "ann", "secret", True)])


def find(note_id):
    for note in load():
        if note.id == note_id:
            if note.locked:
                raise Locked(f"note {note_id}")
            return note
    raise Missing(f"note {note_id}")
