# SPDX-License-Identifier: BSD-3-Clause
"""Preparation of input files: optical tables, temperature tables."""
