# SPDX-License-Identifier: BSD-3-Clause
"""The literature that a file names is that of the physics which its run has switched on."""

from __future__ import annotations

import re

import pytest
from helpers import NAMELISTS, configuration, examples
from marsdisk.config.read import default_config, read_namelist
from marsdisk.config.schema import KINDS
from marsdisk.output.references import SOURCES, Source, references, used
from marsdisk.report.parts import SOURCE_ENDS

BESIDE = {
    "disk": (("collisions.qd_velocity=both",),
             ("transport.viscosity=disk", "transport.instability=patches")),
    "capture": (("numerics.method=dop853",),),
}
"""Settings of what no example uses."""

STANDARD = {"disk": "standard", "capture": "capture"}

VISCOSITY = ("Lynden-Bell & Pringle", "Thompson & Stevenson", "Daisaka, Tanaka & Ida")


def test_the_standard_run_cites_no_physics_that_is_off() -> None:
    found = references(configuration("standard"))
    for name in (*VISCOSITY, "Ward & Cameron", "Krijt & Kama", "van Lieshout", "Fegley", "Fritsch"):
        assert name not in found
    for name in ("Hyodo", "Burns, Lamy & Soter", "Krivov", "Lissauer & Stewart", "Benz & Asphaug",
                 "Leinhardt & Stewart (2012", "Mutschke & Mohr", "Hairer & Wanner"):
        assert name in found


@pytest.mark.parametrize(("example", "settings", "there", "not_there"), [
    ("transport", (), VISCOSITY, ("Ward & Cameron",)),
    ("transport", ("transport.instability=patches",), ("Ward & Cameron",), ("Daisaka",)),
    ("transport", ("transport.viscosity=alpha",), VISCOSITY[:1], VISCOSITY[1:]),
    ("surface_energy", (), ("Krijt & Kama (2014, A&A 566, L2)",), ()),
    ("sublimation", (), ("van Lieshout", "Fegley & Schaefer"), ()),
    ("sublimation", ("sublimation.material=custom",), ("van Lieshout",), ("Fegley",)),
    ("sublimation_only", ("collisions.fragmentation=.false.",), ("van Lieshout",),
     ("Krivov", "Lissauer", "Benz", "Rafikov")),
    ("constant_grey", (), (), ("Mutschke",)),
    ("standard", ("collisions.v_fixed=1000",), (), ("Lissauer",)),
    ("table_driver", (), ("Fritsch & Butland",), ()),
    ("capture", (), ("Hunten (1979", "Jorba & Zou"), ("Kaula", "DOP853")),
    ("capture", ("atmosphere.model=none",), ("Murray & Dermott",), ("Hunten",)),
    ("capture_tides", (), ("Kaula", "Jacobson"), ()),
])
def test_switches_bring_and_take_their_sources(
    example: str, settings: tuple[str, ...], there: tuple[str, ...], not_there: tuple[str, ...]
) -> None:
    found = references(configuration(example, settings))
    assert all(name in found for name in there)
    assert not any(name in found for name in not_there)


@pytest.mark.parametrize("kind", KINDS)
def test_every_source_is_used_by_some_run(kind: str) -> None:
    configs = [read_namelist(NAMELISTS / f"{name}.nml") for name in examples(kind)]
    configs += [configuration(STANDARD[kind], settings) for settings in BESIDE[kind]]
    assert {source.text for config in configs for source in used(config)} == {
        source.text for source in SOURCES[kind]}


@pytest.mark.parametrize("source", [source for found in SOURCES.values() for source in found],
                         ids=lambda source: source.text[:20])
def test_a_source_can_be_found_and_says_what_for(source: Source) -> None:
    """With its year, in one piece between the semicolons of the list."""
    assert re.search(r"\b(19|20)\d\d\b", source.text)
    assert re.search(r": [^:;]+\Z", source.text)
    assert SOURCE_ENDS.split(source.text) == [source.text]


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_finds_the_sources_again(kind: str) -> None:
    config = default_config(kind)
    assert SOURCE_ENDS.split(references(config)) == [source.text for source in used(config)]
