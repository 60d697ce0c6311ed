# SPDX-License-Identifier: BSD-3-Clause
"""Commands; one file each, nothing but the handling of arguments and of text on the screen."""
