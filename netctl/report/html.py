"""The page as one HTML file that needs nothing else: no script, no network, pictures inside."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from netctl.report.page import Page
from netctl.report.sections.words import moment


def html_of(page: Page) -> str:
    """The document. Every text is escaped; only our own pictures and style are taken as they are."""
    environment = Environment(
        loader=PackageLoader("netctl.report", "templates"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["moment"] = moment
    environment.filters["drawing"] = _as_it_is
    css = (files("netctl.report") / "templates" / "report.css").read_text(encoding="utf-8")
    return environment.get_template("report.html.j2").render(page=page, css=css) + "\n"


def _as_it_is(ours: str) -> Markup:
    return Markup(ours)  # noqa: S704 - drawn by us, with every text in it escaped
