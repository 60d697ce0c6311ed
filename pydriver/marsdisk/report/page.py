# SPDX-License-Identifier: BSD-3-Clause
"""A page about a run or a sweep: one HTML file that needs no other."""

from __future__ import annotations

from pathlib import Path

import netCDF4

from marsdisk import __version__
from marsdisk.cli.target import target_problems
from marsdisk.errors import InputError, Problem
from marsdisk.output.contents import Contents, opened, sweep_table
from marsdisk.output.provenance import file_hash
from marsdisk.output.results import results
from marsdisk.plots.style import save
from marsdisk.report import capture, disk, parts, sweep
from marsdisk.report.figures import figures
from marsdisk.report.html import Child, Markup, element, listing, section

KINDS = {"disk": disk, "capture": capture}
"""Modules by kind of run; each has TITLE, `headline`, `progress` and `sections`."""

GENERATOR = "marsdisk report"
"""What a page says it was made by: such a page may be replaced."""

CSS = Path(__file__).with_name("page.css")


def write_report(path: Path, target: Path | None = None) -> Path:
    """Write the page about a run or a sweep.

    Parameters
    ----------
    path
        Output file of a run, folder of a sweep, or its ``results.nc``.
    target
        File to write; an earlier report there is replaced. None = the output file with the ending
        .html, or report.html in the folder of the sweep.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        `path` is no run and no sweep, `target` is something else than a report, or cannot be
        written.
    """
    if target is None:
        table = sweep_table(path)
        target = path.with_suffix(".html") if table is None else table.with_name("report.html")
    refuse_others(target)
    save(report(path), target)
    return target


def report(path: Path) -> str:
    """The page about a run or a sweep; parameters and errors as those of `write_report`."""
    table = sweep_table(path)
    if table is not None:
        title, top, sections = sweep.body(table)
        return page(f"{title} (sweep)", [*top, *_sections(sections, table)])
    with opened(path) as (data, contents):
        digest = file_hash(path)
        return page(f"{contents.name} ({contents.kind})", _body(data, contents, digest))


def refuse_others(target: Path) -> None:
    """Refuse to write over what is no report, and where nothing can be written.

    Raises
    ------
    InputError
        It is such a place.
    """
    problems = list(target_problems(target, force=True))
    if problems:
        raise InputError(problems)
    if not target.exists():
        return
    with target.open("rb") as stream:
        if f'content="{GENERATOR}'.encode() in stream.read(2000):
            return
    what = f"'{target}' exists already and is no report"
    raise InputError([Problem("--to", "", what, "expected the name of a new file")])


def page(title: str, body: Child) -> Markup:
    """A complete HTML document."""
    head = element(
        "head", element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="generator", content=f"{GENERATOR} {__version__}"),
        element("title", f"{title} \N{EN DASH} marsdisk"),
        element("style", Markup(CSS.read_text(encoding="utf-8"))))
    return Markup("<!DOCTYPE html>\n") + element("html", head, element("body", body),
                                                 lang="en") + "\n"


def banner(contents: Contents, progress: str) -> Markup:
    """Says at the top that a run is not complete; nothing for one that is."""
    if contents.complete:
        return Markup("")
    reason = contents.text("stop_reason") or "unknown reason"
    go_on: Child = ["Go on with ", element("code", f"marsdisk resume {contents.path.name}"), "."]
    if contents.failed:
        go_on = "Going on would not mend it: it has to be run again, with other settings."
    return element(
        "div",
        element("p", element("strong", "This run is not complete"), f": {reason}. {progress} All "
                "numbers and figures are those of that moment."),
        element("p", go_on),
        class_="banner", role="alert")


def navigation(sections: list[Markup]) -> Markup:
    """Links to the sections of the page."""
    links = []
    for part in sections:
        identity = part.partition('id="')[2].partition('"')[0]
        title = Markup(part.partition("<h2>")[2].partition("</h2>")[0])
        links.append(element("a", title, href=f"#{identity}"))
    return element("nav", links, aria_label="sections")


def _body(data: netCDF4.Dataset, contents: Contents, digest: str) -> list[Child]:
    module = KINDS[contents.kind]
    found = results(data, contents)
    drawn, left_out = figures(data, contents)
    notes = [element("p", "Not drawn:", class_="soft"), listing(left_out)] if left_out else []
    first, *others = module.sections(data, found)
    sections = [
        parts.warnings(contents),
        first,
        section("figures", "Figures", drawn, notes),
        *others,
        parts.parameters(contents),
        parts.inputs(contents),
        parts.provenance(data, contents, digest),
        parts.citation(contents),
        parts.namelist(contents),
    ]
    return [
        element("header", element("h1", contents.name),
                element("p", f"{module.TITLE}. {_ended(contents)}", class_="soft")),
        banner(contents, module.progress(data, contents)),
        parts.tiles(module.headline({result.name: result for result in found})),
        *_sections(sections, contents.path),
    ]


def _sections(sections: list[Markup], path: Path) -> list[Child]:
    """Links to sections, the sections, and what the page is made from."""
    return [navigation(sections), element("main", sections),
            element("footer", f"Made by {GENERATOR} {__version__} from {path.name}.")]


def _ended(contents: Contents) -> str:
    """Which kind of run it was, and how it ended."""
    how = f" It ended when: {contents.text('stop_reason')}." if contents.complete else ""
    return f"Run of kind '{contents.kind}', marsdisk {contents.text('marsdisk_version')}.{how}"
