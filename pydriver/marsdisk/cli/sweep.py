# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk sweep`: many runs of one namelist with some keys varied."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marsdisk.cli.ranges import FiniteRange
from marsdisk.errors import InputError, Problem
from marsdisk.output.places import DEFAULT_FOLDER

if TYPE_CHECKING:
    from marsdisk.sweep.local import Report
    from marsdisk.sweep.manifest import Sweep
    from marsdisk.sweep.plan import Plan

_FOR_SLURM = ("partition", "time", "mem", "account", "per_task", "at_once", "sbatch", "setup")
_NOT_FOR_SLURM = ("jobs", "wall", "member", "table")
_FOR_PLANS = ("settings", "output", "force")
_SHOWN = 40
_NAMES = {"settings": "--set"}

_LIST = "GROUP.KEY=A,B,..."


def _slurm_option(name: str, metavar: str, text: str, **more: Any) -> Any:
    return click.option(name, metavar=metavar, help=f"Slurm: {text}", **more)


@click.command("sweep", short_help="Vary keys of a namelist: many runs and one table.")
@click.argument("source", metavar="FILE.nml|FILE.toml|DIR", type=click.Path(path_type=Path))
@click.option("--set", "settings", metavar=_LIST, multiple=True,
              help="Vary a key over these values, or set it for all members; repeatable. Values "
                   "that have commas themselves are separated by semicolons.")
@click.option("--output", metavar="DIR", type=click.Path(path_type=Path),
              help="Folder of the sweep [default: output/<name>_sweep].")
@click.option("--force", is_flag=True,
              help="Replace another sweep in that folder; runs that are in both stay.")
@click.option("--jobs", metavar="N", type=click.IntRange(1, 1024),
              help="Members at work at once on this machine [default: one per processor].")
@click.option("--threads", metavar="N", type=click.IntRange(1, 1024),
              help="OpenMP threads of each member [default: what the jobs leave; Slurm: 1].")
@click.option("--retry-failed", is_flag=True, help="Try again the members that have failed.")
@click.option("--scalars", metavar="A,B,...", default="",
              help="Columns of the table: attributes, scalar variables, name[-1], max(name), "
                   "min(name), mean(name), sum(name).")
@click.option("--table", is_flag=True,
              help="Run nothing: say how the sweep in DIR stands and write its table.")
@click.option("--member", metavar="I", help="Run only this member of the sweep in DIR, or a range "
              "such as 0-9, one after another; write no table.")
@click.option("--quiet", is_flag=True,
              help="No progress, no warnings at the start: the summary alone.")
@click.option("--wall", metavar="SECONDS", type=FiniteRange(min=0.0, min_open=True),
              help="Stop, resumable, after this wall time [s].")
@click.option("--dry-run", is_flag=True,
              help="Write nothing: list the members, or print the job script.")
@click.option("--slurm", is_flag=True, help="Submit the members as a job array to Slurm.")
@_slurm_option("--partition", "NAME", "partition.", default="")
@_slurm_option("--time", "TIME", "time limit of a task; a task that needs more is queued again "
               "and goes on.", default="")
@_slurm_option("--mem", "SIZE", "memory of a task.", default="")
@_slurm_option("--account", "NAME", "account.", default="")
@_slurm_option("--per-task", "N", "members that a task runs one after another [default: 1].",
               type=click.IntRange(1, 100000))
@_slurm_option("--at-once", "N", "most tasks that run at once.", type=click.IntRange(1, 100000))
@_slurm_option("--sbatch", "OPTION", "further option of sbatch, such as --sbatch=--qos=long; "
               "repeatable.", multiple=True)
@_slurm_option("--setup", "LINE", "line of shell before marsdisk is called, such as "
               "--setup='module load marsdisk'; repeatable.", multiple=True)
def command(source: Path, **options: Any) -> None:
    """Run FILE.nml for all combinations of the values given with --set.

    FILE.toml is a sweep file with lists, zipped lists and random samples. DIR is the folder of a
    sweep: the command goes on with it. Members that are complete are left alone, members that were
    stopped go on from their checkpoints.
    """
    _check_options(source, options)
    if options["member"] is not None:
        _members(source, options)
    elif options["slurm"]:
        _slurm(source, options)
    elif options["table"]:
        from marsdisk.sweep import local, manifest

        sweep = manifest.load(source)
        _tell(local.look(sweep, _scalars(options, sweep.kind)))
    elif options["dry_run"]:
        _list(_planned_or_loaded(source, options)[0])
    else:
        from marsdisk.sweep import local

        sweep, plan = _planned_or_loaded(source, options)
        sweep = _written(sweep, plan, options)
        _tell(local.run_here(
            sweep, jobs=options["jobs"], threads=options["threads"],
            retry=options["retry_failed"], quiet=options["quiet"], wall=options["wall"],
            scalars=_scalars(options, sweep.kind)))


def _check_options(source: Path, options: dict[str, Any]) -> None:
    """Refuse options that have no meaning together."""
    def given(names: tuple[str, ...]) -> list[str]:
        return [_NAMES.get(name, f"--{name.replace('_', '-')}") for name in names if options[name]]

    problems = []
    if options["slurm"]:
        problems += [Problem(name, "", "has no meaning with --slurm")
                     for name in given(_NOT_FOR_SLURM)]
    else:
        problems += [Problem(name, "", "has no meaning without --slurm")
                     for name in given(_FOR_SLURM)]
    if source.is_dir():
        problems += [Problem(name, "", "has no meaning for a sweep that is there already",
                             "expected FILE.nml or FILE.toml with it")
                     for name in given(_FOR_PLANS)]
    else:
        problems += [Problem(name, "", "needs the folder of a sweep", "expected DIR, not a file")
                     for name in given(("table", "member"))]
    alone = given(("table", "member", "dry_run"))
    if len(alone) > 1:
        problems.append(Problem(alone[1], "", f"has no meaning with {alone[0]}"))
    if problems:
        raise InputError(problems)


def _scalars(options: dict[str, Any], kind: str) -> tuple[str, ...]:
    """Columns of the table that were asked for; checked."""
    from marsdisk.sweep.scalars import scalar_problems

    texts = tuple(text.strip() for text in options["scalars"].split(",") if text.strip())
    problems = list(scalar_problems(kind, texts, "--scalars"))
    if problems:
        raise InputError(problems)
    return texts


def _planned_or_loaded(source: Path, options: dict[str, Any]) -> tuple[Sweep, Plan | None]:
    """The sweep, and its plan when it is not in its folder yet."""
    from marsdisk.sweep import manifest

    if source.is_dir():
        sweep = manifest.verify(manifest.load(source))
        _scalars(options, sweep.kind)
        return sweep, None
    from marsdisk.sweep.plan import plan

    texts = tuple(text.strip() for text in options["scalars"].split(",") if text.strip())
    planned = plan(source, options["settings"], texts)
    if not options["quiet"]:
        for warning in planned.warnings:
            click.echo(f"warning: {warning}", err=True)
    folder = options["output"] or DEFAULT_FOLDER / f"{planned.sweep.name}_sweep"
    return manifest.placed(planned.sweep, folder), planned


def _written(sweep: Sweep, plan: Plan | None, options: dict[str, Any]) -> Sweep:
    """The sweep in its folder."""
    from marsdisk.sweep import manifest

    if plan is None:
        return sweep
    return manifest.put(plan, sweep.folder, options["force"])


def _members(source: Path, options: dict[str, Any]) -> None:
    """Run members in this process, as the tasks of a job array do."""
    from marsdisk.errors import MarsdiskError, StoppedEarly
    from marsdisk.sweep import local, manifest, work
    from marsdisk.sweep.members import DONE, FAILED

    sweep = manifest.load(source)
    indices = local.chosen(len(sweep.members), options["member"])
    manifest.verify(sweep, indices)
    outcomes = work.work_here(
        sweep, indices, threads=options["threads"], retry=options["retry_failed"],
        wall=options["wall"], say=click.echo)
    states = [outcome.state for outcome in outcomes]
    if set(states) - {DONE, FAILED}:
        raise StoppedEarly(f"go on with: marsdisk sweep {source} --member {options['member']}")
    if FAILED in states:
        raise MarsdiskError(f"{states.count(FAILED)} of {len(states)} members")


def _slurm(source: Path, options: dict[str, Any]) -> None:
    """Write and submit a job array, or print its script."""
    from marsdisk.sweep import manifest, slurm

    asked = slurm.Options(
        partition=options["partition"], time=options["time"], memory=options["mem"],
        account=options["account"], threads=options["threads"] or 1,
        per_task=options["per_task"] or 1, at_once=options["at_once"] or 0,
        more=tuple(options["sbatch"]), setup=tuple(options["setup"]))
    problems = list(asked.problems())
    if problems:
        raise InputError(problems)
    sweep, plan = _planned_or_loaded(source, options)
    if plan is not None:
        problems = list(manifest.target_problems(sweep, options["force"]))
        if problems:
            raise InputError(problems)
    jobs = slurm.jobs_of(sweep, asked, options["retry_failed"])
    if jobs is None:
        click.echo(f"{sweep.name}: nothing is left to do; "
                   f"see marsdisk sweep {sweep.folder} --table")
    elif options["dry_run"]:
        click.echo(jobs.array, nl=False)
    else:
        slurm.check(jobs)
        click.echo(slurm.submit(_written(sweep, plan, options), jobs))


def _list(sweep: Sweep) -> None:
    """Print the members."""
    click.echo(f"{sweep.describe()}, in {sweep.folder}:")
    for member in sweep.members[:_SHOWN]:
        click.echo(f"  {member.index:>5}  {member.name}")
    if len(sweep.members) > _SHOWN:
        click.echo(f"  ... and {len(sweep.members) - _SHOWN} more")


def _tell(report: Report) -> None:
    click.echo(report.text)
    if report.error is not None:
        raise report.error
