"""/api/v1: notes and users."""

from flask import Blueprint, abort, g, jsonify, make_response, request, session

from notes import store
from notes.store import Locked, Note

v1 = Blueprint("v1", __name__)
notes = Blueprint("notes", __name__, url_prefix="/notes")
users = Blueprint("users", __name__, url_prefix="/users/<slug:user>")


@v1.before_request
def enter_v1():
    g.trail.append("v1")
    if request.headers.get("X-Blocked"):
        return {"blocked": True}, 403
    return None


@v1.after_request
def leave_v1(response):
    response.headers.add("X-Left", "v1")
    return response


@notes.before_request
def enter_notes():
    g.trail.append("notes")


@notes.after_request
def leave_notes(response):
    response.headers.add("X-Left", "notes")
    return response


@notes.errorhandler(Locked)
def locked(error):
    return jsonify(error="locked"), 423


@notes.get("/")
def all_notes():
    return [note.__dict__ for note in store.load() if not note.locked]


@notes.get("/<int:note_id>")
def one_note(note_id):
    return jsonify(store.find(note_id))


@notes.post("/")
def add_note():
    data = request.get_json(silent=True) or {}
    if "text" not in data:
        abort(422, "text is missing")
    found = store.load()
    note = Note(max(n.id for n in found) + 1, data.get("owner", "nobody"), data["text"])
    store.save([*found, note])
    response = make_response(jsonify(note), 201)
    response.set_cookie("last", str(note.id), max_age=60, path="/api", httponly=True)
    session["made"] = (*session.get("made", ()), note.id)
    return response


@users.url_value_preprocessor
def take_user(endpoint, values):
    g.user = values.pop("user")


@users.get("/notes")
def notes_of_user():
    return jsonify(user=g.user, notes=[n.text for n in store.load() if n.owner == g.user])


@users.get("/made")
def made():
    return {"user": g.user, "made": session.get("made", ())}


v1.register_blueprint(notes)
v1.register_blueprint(users)
