"""The slow report, without its slowness."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shop import forecast
from shop.config import BESIDE_THE_CODE, Settings


@pytest.mark.parametrize(
    ("period", "names"),
    [
        ("day", ["2024-03-04", "2024-04-10", "2024-04-11"]),
        ("week", ["2024-W10", "2024-W15"]),
        ("month", ["2024-03", "2024-04"]),
    ],
)
def test_sales_are_shown_by_period(ada: FlaskClient, period: str, names: list[str]) -> None:
    report = ada.get(f"/api/reports/sales/{period}").get_json()

    assert [part["period"] for part in report["sales"]] == names
    assert report["keep"]["SUG-001"] == forecast.reorder_level(12 / len(names))


def test_the_report_is_also_a_file(ada: FlaskClient, environ: dict[str, str]) -> None:
    report = ada.get("/api/reports/sales/week").get_json()

    written = Path(environ["SHOP_REPORT_DIR"], "sales-week.json")
    assert json.loads(written.read_text(encoding="utf-8")) == report


def test_reports_are_for_staff_and_for_known_periods(ada: FlaskClient, ben: FlaskClient) -> None:
    assert ben.get("/api/reports/sales/week").status_code == 403
    assert ada.get("/api/reports/sales/year").status_code == 404


def test_by_default_it_takes_35_seconds_and_writes_beside_the_code() -> None:
    settings = Settings.from_env({})

    assert settings.report_seconds == 35
    assert settings.report_dir == BESIDE_THE_CODE
    assert (Path(BESIDE_THE_CODE).parent / "reports.py").is_file()


def test_more_is_kept_of_what_sells_more() -> None:
    levels = [forecast.reorder_level(mean / 4) for mean in range(4 * forecast.MOST_SOLD)]

    assert levels == sorted(levels)
    assert forecast.reorder_level(0) == 0
    assert forecast.reorder_level(3.3) == 8
    assert (
        forecast.reorder_level(10**6) == levels[-1] or forecast.reorder_level(10**6) > levels[-1]
    )
