"""Pages for the admin, as they grew: the logic is in the views, with their own SQL.

SIN, the whole module: it goes past the ports to the SQLite file and works with nothing else.
"""

from __future__ import annotations

import sqlite3
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import cast

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from shop.domain.users import Role
from shop.web.context import settings
from shop.web.pages import READ

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.before_request
def only_admins() -> ResponseReturnValue | None:
    """Send strangers to the login, and others away."""
    if g.user is None:
        return redirect(url_for("pages.log_in", next=request.path))
    if not g.user.may(Role.ADMIN):
        abort(403, "This is for the admin.")
    return None


@bp.teardown_request
def close_database(_error: BaseException | None) -> None:
    """Close what ``database`` opened."""
    opened = g.pop("admin_database", None)
    if opened is not None:
        opened.close()


def database() -> sqlite3.Connection:
    """Give this request's connection to the SQLite file."""
    if settings().ports:
        abort(501, "The admin pages know the SQLite file only.")
    if "admin_database" not in g:
        g.admin_database = sqlite3.connect(settings().database, timeout=10)
        g.admin_database.row_factory = sqlite3.Row
    return cast("sqlite3.Connection", g.admin_database)


@bp.get("/")
def dashboard() -> ResponseReturnValue:
    """Show the figures of the shop."""
    db = database()
    orders = db.execute(
        "SELECT o.id, o.status, o.placed_at, u.name, p.cents, p.refunded FROM orders o"
        " JOIN users u ON u.id = o.user"
        " LEFT JOIN payments p ON p.reference = 'order-' || o.id ORDER BY o.id DESC LIMIT 50"
    ).fetchall()
    low = db.execute(
        "SELECT a.title, s.sku, s.level FROM stock s JOIN articles a ON a.sku = s.sku"
        " WHERE s.level <= 1 ORDER BY s.level, s.sku"
    ).fetchall()
    income = sum(row["cents"] for row in orders if row["cents"] and not row["refunded"])
    return render_template(
        "admin/dashboard.html",
        orders=orders,
        low=low,
        income=Decimal(income) / 100,
        read=READ.most_common(5),
    )


@bp.get("/outbox")
def outbox() -> ResponseReturnValue:
    """Show the letters and notifications that have left."""
    rows = database().execute("SELECT * FROM outbox ORDER BY id DESC LIMIT 100").fetchall()
    return render_template("admin/outbox.html", rows=rows)


@bp.route("/prices", methods=["GET", "POST"])
def prices() -> ResponseReturnValue:
    """Change the prices of all articles with a tag by some percent."""
    db = database()
    if request.method == "POST":
        tag = request.form.get("tag", "").strip().lower()
        try:
            percent = Decimal(request.form.get("percent", ""))
        except InvalidOperation:
            percent = Decimal("NaN")
        if not percent.is_finite() or not -90 <= percent <= 100:
            flash("The percentage must be between -90 and 100.")
            return redirect(url_for("admin.prices"), 303)
        changed = 0
        for row in db.execute("SELECT slug, tags, price_cents FROM articles").fetchall():
            if f'"{tag}"' not in row["tags"]:
                continue
            cents = row["price_cents"] * (100 + percent) / 100
            # never for nothing
            cents = max(1, int(cents.quantize(Decimal(1), rounding=ROUND_HALF_UP)))
            db.execute("UPDATE articles SET price_cents = ? WHERE slug = ?", (cents, row["slug"]))
            changed += 1
        db.commit()
        flash(f"{changed} prices changed by {percent} %.")
        return redirect(url_for("admin.prices"), 303)
    rows = db.execute("SELECT title, tags, price_cents FROM articles ORDER BY title").fetchall()
    return render_template("admin/prices.html", rows=rows)


@bp.post("/orders/<int:order_id>/ship")
def ship(order_id: int) -> ResponseReturnValue:
    """Mark an order as shipped."""
    db = database()
    row = db.execute("SELECT status FROM orders WHERE id = ?", (order_id,)).fetchone()
    if row is None:
        abort(404, f"There is no order {order_id}.")
    if row["status"] != "placed":
        abort(409, f"Order {order_id} is {row['status']}.")
    db.execute("UPDATE orders SET status = 'shipped' WHERE id = ?", (order_id,))
    db.execute(
        "INSERT INTO outbox (kind, receiver, subject, body) VALUES ('mail', ?, ?, ?)",
        ("packing@shop.example", f"Ship order {order_id}", f"Marked by {g.user.name}."),
    )
    db.commit()
    flash(f"Order {order_id} is on its way.")
    return redirect(url_for("admin.dashboard"), 303)
