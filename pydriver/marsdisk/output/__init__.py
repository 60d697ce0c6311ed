# SPDX-License-Identifier: BSD-3-Clause
"""Output files: what is in them, how they are written, where the numbers come from."""
