# SPDX-License-Identifier: BSD-3-Clause
"""Pages about runs in a browser: on a telephone, on a screen, in print."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import matplotlib.image
import pytest
from helpers import NAMELISTS
from marsdisk import runs
from marsdisk.config.read import read_namelist
from marsdisk.report.page import report

BROWSER = next((path for name in ("chromium", "chromium-browser", "google-chrome", "chrome")
                if (path := shutil.which(name))), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")

MEASURE = """<script>addEventListener("load", () => {
  const box = (e) => e.getBoundingClientRect();
  const shown = [...document.querySelectorAll("h1, h2, p, li, figcaption, .tile, th, td, img")]
    .filter((e) => !e.closest(".scroll") || e.tagName === "IMG");
  const found = {
    inner: innerWidth, page: document.documentElement.scrollWidth,
    widest: Math.max(...shown.map((e) => box(e).right)),
    images: [...document.images].map((i) => [i.complete, i.naturalWidth, box(i).width]),
    size: parseFloat(getComputedStyle(document.querySelector("main p, main li")).fontSize),
    marked: getComputedStyle(document.querySelector("tr.changed td")).backgroundColor,
  };
  parent.postMessage(JSON.stringify(found), "*");
});</script>"""
"""Measures the page it is in and tells the page around it."""

# A window has a least width, a frame has not.
FRAME = """<!DOCTYPE html>
<iframe src="page.html" style="width: {width}px; height: 900px; border: 0"></iframe>
<pre id="measured"></pre>
<script>
onmessage = (event) => { document.getElementById("measured").textContent = event.data; };
</script>"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page about a small run."""
    folder = tmp_path_factory.mktemp("page")
    config = read_namelist(NAMELISTS / "quick.nml", ["rings.n_ring=2", "output.n_out=20"])
    runs.run(config, folder / "quick.nc", quiet=True)
    path = folder / "quick.html"
    path.write_text(report(folder / "quick.nc"), encoding="utf-8")
    return path


def browse(page: Path, folder: Path, *options: str) -> str:
    """Open a page without network; what the browser prints."""
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
               "--disable-background-networking", "--hide-scrollbars",
               "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}",
               *options, page.as_uri()]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return done.stdout


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(width: int, page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("</body>", f"{MEASURE}</body>")
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(FRAME.replace("{width}", str(width)))
    dom = browse(frame, tmp_path, "--virtual-time-budget=5000", "--dump-dom")
    found = json.loads(unescape(re.search(r'<pre id="measured">(.*?)</pre>', dom)[1]))
    assert found["inner"] == width
    assert found["page"] <= width and found["widest"] <= width
    assert len(found["images"]) == 5
    for complete, natural, shown in found["images"]:
        assert complete and natural == 1204  # 17 cm at 180 dots per inch
        assert shown > min(width, 900) * 0.9 - 40
    assert found["size"] >= 16.0  # px, without zoom
    assert found["marked"] == "rgb(255, 241, 194)"


def test_screenshot_and_print(page: Path, tmp_path: Path) -> None:
    browse(page, tmp_path, "--window-size=390,2000", f"--screenshot={tmp_path / 'page.png'}")
    pixels = matplotlib.image.imread(tmp_path / "page.png")[..., :3]
    assert pixels.shape[:2] == (2000, 390)
    ink = (pixels.min(axis=-1) < 0.5).mean(axis=1)
    assert 0.02 < ink.mean() < 0.5  # text and figures, neither blank nor black
    browse(page, tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}")
    pdf = (tmp_path / "page.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 16
