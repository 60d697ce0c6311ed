# SPDX-License-Identifier: BSD-3-Clause
"""Literature to be cited with a run: the sources of the physics and numerics that it uses."""

from __future__ import annotations

from dataclasses import dataclass

from marsdisk.config.read import Config, holds
from marsdisk.config.schema import When, only


@dataclass(frozen=True)
class Source:
    """A publication that runs rest on.

    Parameters
    ----------
    text
        The publication, and what is taken from it.
    when
        Conditions, all needed, under which a run uses it.
    """

    text: str
    when: tuple[When, ...] = ()


def used(config: Config) -> list[Source]:
    """Sources of what a run uses."""
    return [source for source in SOURCES[config.kind]
            if all(holds(config.groups, when) for when in source.when)]


def references(config: Config) -> str:
    """The same as the attribute `references` of a file has them."""
    return "; ".join(source.text for source in used(config))


_BREAKS = only("collisions.fragmentation", True)
_SUBLIMATES = only("sublimation.active", True)
_UNSTABLE = only("transport.viscosity", "disk")
_TIDES = only("tides.active", True)

DISK = (
    Source("Hyodo et al. (2017, ApJ 845, 125): debris disk and its grains"),
    Source("Canup & Salmon (2018, Sci. Adv. 4, eaar6887): inner disk, long-term model"),
    Source("Burns, Lamy & Soter (1979, Icarus 40, 1): radiation pressure and drag"),
    Source("Hyodo et al. (2018, ApJ 860, 150): blow-out by the light of Mars",
           (only("radiation.blowout", True),)),
    Source("forsterite of AIU Jena, FOR 2285, https://www2.astro.uni-jena.de/FOR2285/en/"
           "forsterite_optical.php (Mutschke & Mohr 2019, A&A 625, A61; Suto et al. 2006, MNRAS "
           "370, 1599; Zeidler et al. 2011, A&A 526, A68; Huffman & Stapp 1973, in Interstellar "
           "Dust and Related Topics, IAU Symp. 52, 297): optical constants",
           (only("radiation.qpr_mode", "table"), only("radiation.qpr_table", ""))),
    Source("Fritsch & Butland (1984, SIAM J. Sci. Stat. Comput. 5, 300): monotone interpolation "
           "of the temperature of Mars", (only("mars.driver", "table"),)),
    Source("Krivov, Loehne & Sremcevic (2006, A&A 455, 509): collision rates", (_BREAKS,)),
    Source("Lissauer & Stewart (1993, in Protostars and Planets III): collision speeds",
           (_BREAKS, only("collisions.velocity", "rayleigh"), only("collisions.v_fixed", 0.0))),
    Source("Benz & Asphaug (1999, Icarus 142, 5): strength", (_BREAKS,)),
    Source("Stewart & Leinhardt (2009, ApJ 691, L133): strength at other speeds",
           (_BREAKS, only("collisions.qd_velocity", "both"))),
    Source("Leinhardt & Stewart (2012, ApJ 745, 79): outcomes of collisions", (_BREAKS,)),
    Source("Krijt & Kama (2014, A&A 566, L2): smallest fragment",
           (_BREAKS, only("collisions.s_floor", "surface_energy"))),
    Source("Rafikov, Silsbee & Booth (2020, ApJS 247, 65): O(n^2) fragmentation", (_BREAKS,)),
    Source("van Lieshout, Min & Dominik (2014, A&A 572, A76): sublimation", (_SUBLIMATES,)),
    Source("Fegley & Schaefer (2012, arXiv:1210.0270): liquid forsterite",
           (_SUBLIMATES, only("sublimation.material", "forsterite"))),
    Source("Lynden-Bell & Pringle (1974, MNRAS 168, 603): viscous disk",
           (only("transport.viscosity", "constant", "alpha", "disk"),)),
    Source("Thompson & Stevenson (1988, ApJ 333, 452): viscosity limited by cooling",
           (_UNSTABLE,)),
    Source("Daisaka, Tanaka & Ida (2001, Icarus 154, 296): viscosity of wakes",
           (_UNSTABLE, only("transport.instability", "wakes"))),
    Source("Ward & Cameron (1978, Lunar Planet. Sci. IX, 1205): viscosity of patches",
           (_UNSTABLE, only("transport.instability", "patches"))),
    Source("Hairer & Wanner (1996, Solving ODEs II): RODAS",
           (only("numerics.method", "rodas4"),)),
)
"""Sources of runs of kind 'disk'; docs/model.md and docs/numerics.md say what for."""

CAPTURE = (
    Source("Hunten (1979, Icarus 37, 113): capture by drag in a primordial atmosphere",
           (only("atmosphere.model", "exponential", "isothermal", "disk"),)),
    Source("Murray & Dermott (1999, Solar System Dynamics): Hill's equations, elements"),
    Source("Kaula (1964, Rev. Geophys. 2, 661): tides", (_TIDES,)),
    Source("Jacobson (2010, AJ 139, 668): orbits of Phobos and Deimos", (_TIDES,)),
    Source("Jorba & Zou (2005, Exp. Math. 14, 99): Taylor integrator",
           (only("numerics.method", "taylor"),)),
    Source("Hairer, Norsett & Wanner (1993, Solving ODEs I): DOP853",
           (only("numerics.method", "dop853"),)),
)
"""Sources of runs of kind 'capture'; docs/capture.md says what for."""

SOURCES = {"disk": DISK, "capture": CAPTURE}
"""Sources by kind of run."""
