# SPDX-License-Identifier: BSD-3-Clause
"""The front door: what a namelist may say, reading and checking it, writing it back."""
