"""nuem merge STUDY -o FILE.h5"""

from __future__ import annotations

from pathlib import Path

import click

from scripts.options import HDF5, force_option, json_option
from scripts.output import print_written, warn_of


@click.command("merge")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=HDF5, help="FILE.h5 to write.")
@click.option("--partial", is_flag=True, help="Merge a study that is not complete.")
@force_option
@json_option
def command(study: Path, output: Path, partial: bool, force: bool, as_json: bool) -> int:
    """All fits of a study in one HDF5 file; gaps are refused without --partial."""
    from analysis.studies.merging import merge_study
    from analysis.studies.study import read_plan
    from scripts.cli import EXIT_OK, EXIT_PARTIAL
    from sim.files import check_free

    check_free(output, force=force)
    warn_of(*read_plan(study).sources.each)
    complete = merge_study(study, output, partial=partial)
    print_written([output], as_json, complete=complete)
    return EXIT_OK if complete else EXIT_PARTIAL
