# SPDX-License-Identifier: BSD-3-Clause
"""Where the user finds what the core refuses: it knows the keys, not who gave them and where."""

from __future__ import annotations

import re
from collections.abc import Mapping

from marsdisk.config.read import COMMAND_LINE, Config, holds
from marsdisk.config.schema import Key, run_kind
from marsdisk.errors import InputError, Problem

_END = ("stop.t_mars_end", "stop.t_end")
_MARS = ("mars.t0", "mars.t_hot", "mars.f_hot", "mars.t_bg", "mars.t_floor", "mars.table",
         "mars.driver", "mars.f_lim", "mars.layer_depth", "mars.layer_rho", "mars.layer_cp")
_EDGES = ("rings.r_in", "rings.r_out")

CAUSES: Mapping[str, tuple[str, ...]] = {
    "grains.psd": ("grains.psd_table", "grains.s_meter", "grains.s_fine", "grains.f_fine",
                   "grains.width_dex", "grains.s_min", "grains.s_max"),
    "grains.s_meter": ("grains.s_min", "grains.s_max"),
    "grains.s_min": ("radiation.qpr_table",),
    "mars.t_floor": (*_END, *_MARS),
    "mars.table": _END,
    "radiation.chi_table": ("collisions.e", "collisions.e_table", "collisions.e_profile", *_EDGES),
    "radiation.phi_table": ("surface.sigma0", "surface.tau0", "surface.f_los"),
    "radiation.qpr_table": (*_END, *_MARS),
    "stop.t_end": _MARS,
    "stop.t_mars_end": _MARS,
    "sublimation.material": (*_END, *_MARS, *_EDGES),
    "sublimation.t_grain": (*_END, *_MARS, *_EDGES),
    "supply.table": _END,
    "surface.tau0": ("deep.m_in", "deep.slope", "deep.table", *_EDGES),
}
"""What else a message of the core can be due to, by the first key it names; likely ones first."""

_KEY = re.compile(r"[a-z]\w*\.[a-z]\w*")


def placed(error: InputError, config: Config) -> InputError:
    """What the core refuses, with the places of the keys that it is due to.

    Of those the user gave, the first is named, one of the command line before one of the file; the
    others follow. What has a place already is left alone.
    """
    return InputError([problem if problem.place else _placed(problem, config)
                       for problem in error.problems])


def _placed(problem: Problem, config: Config) -> Problem:
    kind = run_kind(config.kind)
    named, what = _KEY.findall(problem.key), problem.what
    if not named:  # 'ring 3 (r = ...): radiation.phi_table: the table ends at ...'
        what = ": ".join(part for part in (problem.key, problem.what) if part)
        named = [key for key in _KEY.findall(what) if key in kind.names()]
    if not named:
        return Problem(str(config.path), "", what)
    keys = list(dict.fromkeys([*named, *CAUSES.get(named[0], ())]))
    given = [key for key in keys if key in config.places and _matters(kind.key(key), config)]
    given.sort(key=lambda key: config.places[key] != COMMAND_LINE)
    first = given[0] if given else named[0]
    others = [key for key in keys if key != first and (key in named or key in given)]
    what = what.replace(f" {first}:", "")
    return Problem(config.places.get(first, str(config.path)), first, what,
                   f"see also {', '.join(others)}" if others else "")


def _matters(key: Key, config: Config) -> bool:
    return all(holds(config.groups, when) for when in key.when)
