"""A blog in the shape of Flask's tutorial: a factory, an instance folder, blueprints."""

import os

from flask import Flask


def create_app(test_config=None):
    app = Flask(__name__, instance_relative_config=True)
    app.config.from_mapping(
        SECRET_KEY=os.environ.get("SECRET_KEY", "dev"),
        DATABASE=os.environ.get(
            "BLOG_DATABASE", os.path.join(os.getcwd(), "instance", "blog.sqlite3")
        ),
    )
    if test_config is None:
        app.config.from_pyfile("config.py", silent=True)
    else:
        app.config.from_mapping(test_config)
    os.makedirs(os.path.dirname(app.config["DATABASE"]), exist_ok=True)

    @app.route("/hello")
    def hello():
        return "Hello, World!"

    from . import api, auth, db, posts

    db.init_app(app)
    app.register_blueprint(auth.bp)
    app.register_blueprint(posts.bp)
    app.register_blueprint(api.bp)
    app.add_url_rule("/", endpoint="index")
    return app
