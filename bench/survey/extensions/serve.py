"""An app whose views come from many extensions; what each calls lies in a module of its own."""

from __future__ import annotations

from typing import Any

import parts.admin
import parts.guard
import parts.hooks
import parts.login
import parts.method
import parts.nested
import parts.outer
import parts.restful
import parts.restx
import parts.restx_marshal
from flask import Blueprint, Flask
from flask.views import MethodView
from flask_admin import Admin, BaseView, expose
from flask_login import LoginManager, UserMixin, login_required
from flask_restful import Api as RestfulApi
from flask_restful import Resource as RestfulResource
from flask_restx import Api, Namespace, Resource, fields
from flask_sock import Sock

app = Flask(__name__)
app.config.update(SECRET_KEY="bench", LOGIN_DISABLED=True)  # noqa: S106  # a bench's

users = LoginManager(app)


@users.user_loader
def user(name: str) -> UserMixin:
    """Give a user."""
    parts.login.rows()
    return UserMixin()


def guarded(view: Any) -> Any:
    """Guard a view, without functools.wraps."""

    def inner(*args: Any, **values: Any) -> Any:
        parts.guard.rows()
        return view(*args, **values)

    return inner


api = Api(app, prefix="/x", doc="/docs")
space = Namespace("things", decorators=[guarded])
shape = space.model("Thing", {"n": fields.Integer(attribute=lambda n: parts.restx_marshal.rows())})


@space.route("/", "/<int:n>")
class Things(Resource):
    """A RESTX resource on two rules."""

    method_decorators = (guarded,)

    @space.marshal_list_with(shape)
    def get(self, n: int = 0) -> Any:
        """Give all."""
        return parts.restx.rows()

    @space.expect(shape)
    def put(self, n: int = 0) -> Any:
        """Set one."""
        return parts.restx.rows()


api.add_namespace(space, path="/things")

restful = RestfulApi(app, prefix="/f")


class Rows(RestfulResource):
    """A RESTful resource."""

    method_decorators = {"get": [guarded]}  # noqa: RUF012  # as its users write it

    def get(self) -> Any:
        """Give all."""
        return parts.restful.rows()


restful.add_resource(Rows, "/rows", "/lines", endpoint="rows")


class Page(MethodView):
    """A view class with decorators and arguments."""

    decorators = (guarded, login_required)
    init_every_request = False

    def __init__(self, work: Any) -> None:
        self.work = work

    def get(self, n: int = 0) -> Any:
        """Give all."""
        return self.work()

    def delete(self, n: int) -> Any:
        """Take one away."""
        return self.work()


page = Page.as_view("page", parts.method.rows)
app.add_url_rule("/page/", view_func=page, methods=["GET"], defaults={"n": 0})
app.add_url_rule("/page/<int:n>", view_func=page, methods=["DELETE"])


class Board(BaseView):
    """A view of Flask-Admin."""

    @expose("/")
    def index(self) -> Any:
        """Show it."""
        return str(parts.admin.rows())

    @expose("/more", methods=("GET", "POST"))
    def more(self) -> Any:
        """Show more."""
        return str(parts.admin.rows())


Admin(app, name="bench").add_view(Board(name="Board", endpoint="board"))

outer = Blueprint("outer", __name__, url_prefix="/outer")
nested = Blueprint("nested", __name__, url_prefix="/nested", static_folder="parts")


@outer.before_request
def before() -> None:
    """Run for the nested blueprint too."""
    parts.outer.rows()


@nested.route("/a", provide_automatic_options=False, methods=["GET", "OPTIONS"])
def inside() -> Any:
    """Answer OPTIONS too."""
    return parts.nested.rows()


outer.register_blueprint(nested)
app.register_blueprint(outer)

sock = Sock(app)


@sock.route("/socket")
def socket(connection: Any) -> None:
    """Answer on a websocket."""
    connection.send("x")


@app.after_request
def after(response: Any) -> Any:
    """Run for every route."""
    parts.hooks.rows()
    return response
