"""Run all fuzzing targets and print how many executions each had: ``python fuzz.py [MILLIONS]``.

One million executions by default, most of them on the fastest target.  A fault that is found is
printed with the input that makes it again, and the exit code is 1.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

SHARES = {"tables": 0.96, "configuration": 0.02, "stored": 0.02}
OPTIONS = ("-max_len=4000", "-len_control=20", "-timeout=60", "-rss_limit_mb=4096", "-seed=1")


def main() -> None:
    if find_spec("atheris") is None:
        sys.exit("nuem: fuzzing needs: pip install 'nuem[fuzz]'")
    total = 1e6 * float(sys.argv[1]) if len(sys.argv) > 1 else 1e6
    failed = False
    print("| target | executions | faults |\n|---|---|---|")
    for target, share in SHARES.items():
        runs = int(total * share)
        with tempfile.TemporaryDirectory() as folder:
            words = [sys.executable, str(Path(__file__).with_name("targets.py").resolve()), target]
            done = subprocess.run(
                [*words, f"-runs={runs}", *OPTIONS, f"-artifact_prefix={folder}/"],
                capture_output=True,
                check=False,
                cwd=folder,
            )
            log = done.stderr.decode("utf-8", "replace")
            counted = re.search(r"^Done (\d+) runs", log, re.M)
            inputs = [file.read_bytes() for file in Path(folder).iterdir() if file.is_file()]
        print(f"| {target} | {int(counted[1]) if counted else 0:,} | {len(inputs)} |", flush=True)
        if not counted or inputs:
            failed = True
            print(log[-6000:], *inputs, sep="\n", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
