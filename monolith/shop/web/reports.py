"""Reports for staff: slow, and written to a file beside the code."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

# SIN: everybody who imports the app pays for this module, and one report alone needs it.
from shop import forecast, services, shapes
from shop.web.auth import role_required
from shop.web.context import ports, settings

bp = Blueprint("reports", __name__, url_prefix="/api/reports")


@bp.get("/sales/<any(day, week, month):period>")
@role_required("staff")
def sales(period: str) -> ResponseReturnValue:
    """Show what was sold by day, week or month, and what to keep in stock.

    SIN: takes 35 seconds; gateways give up after 29.
    """
    report = services.sales_report(ports(), period, seconds=settings().report_seconds)
    sold: dict[str, int] = {}
    for part in report:
        for sku, pieces in part.pieces.items():
            sold[sku] = sold.get(sku, 0) + pieces
    keep = {sku: forecast.reorder_level(n / len(report)) for sku, n in sorted(sold.items())}
    shape = {"by": period, "sales": [shapes.sales(part) for part in report], "keep": keep}
    # SIN: the last report is kept beside the code, where Lambda lets nobody write.
    written = Path(settings().report_dir) / f"sales-{period}.json"
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(current_app.json.dumps(shape, indent=1), encoding="utf-8")
    return jsonify(shape)
