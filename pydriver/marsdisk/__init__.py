# SPDX-License-Identifier: BSD-3-Clause
"""Numerical tools for the origin of the Martian moons."""

from importlib.metadata import version

__version__ = version("marsdisk")
