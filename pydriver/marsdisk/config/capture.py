# SPDX-License-Identifier: BSD-3-Clause
"""Definition of `kind = 'capture'`: its groups in canonical order and its checks."""

from __future__ import annotations

from marsdisk.config.capture_checks import CHECKS
from marsdisk.config.capture_groups import (
    ATMOSPHERE,
    BODY,
    NUMERICS,
    OUTPUT,
    PLANET,
    RADIATION,
    START,
    STOP,
    TIDES,
)
from marsdisk.config.common import run_group
from marsdisk.config.schema import RunKind

KIND = RunKind(
    "capture",
    "Capture of small bodies by drag in the primordial atmosphere of Mars.",
    groups=(
        run_group("capture", "capture"),
        PLANET,
        BODY,
        ATMOSPHERE,
        RADIATION,
        START,
        STOP,
        NUMERICS,
        TIDES,
        OUTPUT,
    ),
    checks=CHECKS,
)
