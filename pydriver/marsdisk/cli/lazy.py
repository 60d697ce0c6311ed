# SPDX-License-Identifier: BSD-3-Clause
"""Command groups that import a command only when it is used, so that help comes at once."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click

from marsdisk.errors import nearest


class LazyGroup(click.Group):
    """Group whose commands are imported when they are asked for.

    Parameters
    ----------
    modules
        Name of the command -> module that defines it as ``command``.
    """

    def __init__(self, *args: object, modules: Mapping[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the help text."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called `cmd_name`, imported now."""
        if cmd_name not in self._modules:
            return None
        return importlib.import_module(self._modules[cmd_name]).command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of `args`, or fail with the nearest name."""
        name = str(args[0])
        if name not in self._modules and not name.startswith("-"):
            guess = nearest(name, self._modules, 1)
            hint = f" Did you mean '{guess}'?" if guess else ""
            ctx.fail(f"There is no command '{name}'.{hint}")
        return super().resolve_command(ctx, args)
