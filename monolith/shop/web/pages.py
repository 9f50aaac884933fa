"""The shop for people: pages with templates, forms and flash messages."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    abort,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from shop import services
from shop.domain.catalog import Search, Sku
from shop.domain.errors import Conflict, Invalid, LoginFailed
from shop.domain.users import Role
from shop.web.context import ports

bp = Blueprint("pages", __name__)

# SIN: how often each article was read, kept in this process and lost with it.
READ: Counter[str] = Counter()

HELP = {
    "shipping": "We ship for 4.90 EUR, and for nothing from 50.00 EUR on.",
    "payment/limits": "We take at most 5000.00 EUR in one payment.",
    "über/uns": "Wir mögen Tee.",
}


@bp.before_request
def refuse_other_sites() -> None:
    """Refuse forms that another site sent: browsers say where a form comes from."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin and urlsplit(origin).netloc != request.host:
        abort(403, "This form came from another site.")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Greet, with the newest articles and those read most."""
    newest = services.search_articles(ports(), Search(per_page=5))
    return render_template("index.html", newest=newest.items, most_read=READ.most_common(3))


@bp.get("/articles/")
def articles() -> ResponseReturnValue:
    """Show the catalogue, or what was looked for."""
    words = request.args.get("q", "")
    tags = tuple(request.args.getlist("tag"))
    page = services.search_articles(ports(), Search(words, tags, sort="title", per_page=50))
    return render_template("articles.html", page=page, words=words, tags=tags)


@bp.route("/articles/new", methods=["GET", "POST"])
def new_article() -> ResponseReturnValue:
    """Let staff write a new article; what was typed is kept when it is refused."""
    if g.user is None:
        return redirect(url_for("pages.log_in", next=request.path))
    if not g.user.may(Role.STAFF):
        abort(403)
    problems: dict[str, str] = {}
    if request.method == "POST":
        data: dict[str, object] = dict(request.form)
        data["tags"] = request.form.get("tags", "").split(",")
        try:
            article = services.add_article(ports(), g.user, data)
        except Invalid as error:
            problems = error.fields
        except Conflict as error:
            problems = {"title": error.message}
        else:
            flash(f"{article.title} is in the catalogue.")
            return redirect(url_for("pages.article", slug=article.slug), 303)
    status = 422 if problems else 200
    return render_template("article_new.html", problems=problems, form=request.form), status


@bp.get("/articles/<slug>")
def article(slug: str) -> ResponseReturnValue:
    """Show an article with its stock and its comments."""
    shown = services.show_article(ports(), slug)
    READ[shown.slug] += 1
    return render_template(
        "article.html",
        article=shown,
        stock=services.stock_level(ports(), shown.sku),
        comments=services.comments_of(ports(), slug),
    )


@bp.post("/articles/<slug>/comments")
def comment(slug: str) -> ResponseReturnValue:
    """Take a comment from the form below an article."""
    here = url_for("pages.article", slug=slug)
    if g.user is None:
        return redirect(url_for("pages.log_in", next=here))
    try:
        services.add_comment(ports(), g.user, slug, request.form)
    except Invalid as error:
        flash(f"Your comment {error.fields['text']}.")
    else:
        flash("Thank you for your comment.")
    return redirect(here, 303)


@bp.get("/a/<sku:sku>")
def label(sku: Sku) -> ResponseReturnValue:
    """Lead from the short address on a label to the article."""
    return redirect(url_for("pages.article", slug=services.article_of(ports(), sku).slug), 301)


@bp.get("/help", strict_slashes=False)
def help_index() -> ResponseReturnValue:
    """List the help pages; with and without a slash at the end."""
    return render_template("help.html", topics=HELP, topic=None)


@bp.get("/help/<path:topic>")
def help_topic(topic: str) -> ResponseReturnValue:
    """Show a help page."""
    if topic not in HELP:
        abort(404, f"There is no help about {topic}.")
    return render_template("help.html", topics=HELP, topic=topic)


@bp.route("/login", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    """Log in with a form, and go on to where the user wanted to be."""
    if request.method == "GET":
        return render_template("login.html")
    try:
        user = services.log_in(ports(), request.form)
    except (LoginFailed, Invalid):
        flash("The e-mail address or the password is wrong.")
        return render_template("login.html"), 401
    session.clear()
    session["user_id"] = str(user.id)
    flash(f"Welcome, {user.name}.")
    wanted = request.args.get("next", "")
    # "//elsewhere.example" and "/\elsewhere.example" are other sites to a browser
    is_here = wanted.startswith("/") and wanted[1:2] not in ("/", "\\")
    return redirect(wanted if is_here else url_for("pages.index"), 303)


@bp.post("/logout")
def log_out() -> ResponseReturnValue:
    """Log out."""
    session.clear()
    flash("Good-bye.")
    return redirect(url_for("pages.index"), 303)
