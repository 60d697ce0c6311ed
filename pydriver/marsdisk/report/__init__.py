# SPDX-License-Identifier: BSD-3-Clause
"""What people read about runs: a page about one, a comparison of two."""
