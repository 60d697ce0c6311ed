# SPDX-License-Identifier: BSD-3-Clause
"""Definition of `kind = 'disk'`: its groups in canonical order and its checks."""

from __future__ import annotations

from marsdisk.config.common import run_group
from marsdisk.config.disk_advice import ADVICE
from marsdisk.config.disk_checks import CHECKS
from marsdisk.config.disk_physics import COLLISIONS, RADIATION, SUBLIMATION, SUPPLY, TRANSPORT
from marsdisk.config.disk_setup import (
    DEEP,
    GRAINS,
    HANDOVER,
    MARS,
    NUMERICS,
    OUTPUT,
    RINGS,
    STOP,
    SURFACE,
)
from marsdisk.config.schema import RunKind

KIND = RunKind(
    "disk",
    "Debris disk of Mars between a giant impact and the formation of moons.",
    groups=(
        run_group("disk", "standard"),
        RINGS,
        MARS,
        GRAINS,
        SURFACE,
        RADIATION,
        COLLISIONS,
        SUPPLY,
        DEEP,
        SUBLIMATION,
        TRANSPORT,
        STOP,
        HANDOVER,
        NUMERICS,
        OUTPUT,
    ),
    checks=(*CHECKS, *ADVICE),
)
