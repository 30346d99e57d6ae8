"""Shippers in processes of their own: ``python -m tests.soc.store.ship_child``.

One is forked for each settings file named on a line of the input, and told by its pid, then by
how it ended: start-up is paid once, and any of them may be killed at any moment.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from cli import jobs
from soc._open import open_context
from soc.config import read
from soc.errors import SocError
from soc.store import _ship_read
from soc.store.ship import ship
from tests.elastic.failing_site import QUICK
from tests.soc.store.log_child import tell


def run(config: Path) -> NoReturn:
    """Ship once; the exit code is 0 when everything is decided."""
    signal.alarm(60)
    code = 0
    try:
        with open_context(read(config, {}), jobs()) as context:
            ship(context, patience=QUICK)
    except SocError as error:
        code = error.exit_code
        sys.stderr.write(f"{error}\n")
    except BaseException as error:  # noqa: BLE001 - a fork must not go on as its parent
        code = 70
        sys.stderr.write(f"{error!r}\n")
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    _ship_read.LOAD_ROWS = 20  # several requests for a few rows
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            run(Path(line.strip()))
        tell(f"shipper {pid}")
        _, status = os.waitpid(pid, 0)
        tell(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
