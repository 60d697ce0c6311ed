# SPDX-License-Identifier: BSD-3-Clause
"""Closed forms that a run can be compared with."""
