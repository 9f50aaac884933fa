"""The app: blueprints in blueprints, each with a prefix, hooks and handlers of its own."""

import os

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from notes import hooks
from notes.api import api
from notes.converters import Slug
from notes.pages import pages


def build():
    app = Flask(__name__)
    app.secret_key = os.environ.get("SECRET_KEY", "dev")
    app.config["SESSION_COOKIE_NAME"] = "notes"
    app.json.sort_keys = False
    app.url_map.converters["slug"] = Slug
    app.url_map.strict_slashes = False
    app.before_request(hooks.start)
    app.after_request(hooks.stamp)
    app.register_error_handler(HTTPException, hooks.plain_error)
    app.register_blueprint(pages)
    app.register_blueprint(api, url_prefix="/api")

    @app.get("/whoami")
    def whoami():
        return {"agent": request.user_agent.string}

    return app
