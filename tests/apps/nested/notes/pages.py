"""HTML made by hand, some of it by class."""

from flask import Blueprint, url_for
from flask.views import MethodView

from notes import store

pages = Blueprint("pages", __name__)


@pages.get("/")
def home():
    return f'<h1>Notes</h1><a href="{url_for("api.v1.notes.all_notes")}">API</a>'


class Count(MethodView):
    def get(self):
        return str(len(store.load()))


pages.add_url_rule("/count", view_func=Count.as_view("count"))
