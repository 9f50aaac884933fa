"""/api, and what lies below it."""

from flask import Blueprint, g, jsonify

from notes.api.v1 import v1
from notes.store import Missing

api = Blueprint("api", __name__)
api.register_blueprint(v1, url_prefix="/v1")
api.register_blueprint(v1, url_prefix="/latest", name="latest")


@api.before_request
def enter_api():
    g.trail.append("api")


@api.errorhandler(Missing)
def missing(error):
    return jsonify(error="missing", what=str(error)), 404


@api.errorhandler(405)
def wrong_method(error):
    return jsonify(error="method", allowed=sorted(error.valid_methods or ())), 405
