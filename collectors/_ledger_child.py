"""The reader of workbooks, run as a process of its own: a hostile file ends it, not us.

Takes a workbook on stdin and gives one JSON document on stdout. A workbook of a few bytes can
name a cell at the far end of a sheet, and readers set aside memory for all cells before it: no
check beforehand finds every way to say so, a limit of memory does. It imports nothing of ours.
"""

from __future__ import annotations

import io
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

MEMORY_BYTES = 3 << 30
CPU_S = 300
ROWS, COLUMNS, CELLS = 200_000, 200, 10_000_000


def main() -> None:
    """Write the sheets, or what is wrong with them."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import orjson

    answer = _answer(sys.stdin.buffer.read())
    told = orjson.dumps(answer, default=_tagged, option=orjson.OPT_PASSTHROUGH_DATETIME)
    sys.stdout.buffer.write(told)


def _answer(content: bytes) -> dict[str, Any]:
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        with load_workbook(io.BytesIO(content)) as book:
            return {"sheets": _sheets(book)}
    except PasswordError:
        return {"error": "is encrypted: save it without a password"}
    except (CalamineError, ValueError, OSError) as error:
        return {"error": f"is a broken workbook ({error}): save it again"}


def _sheets(book: Any) -> list[dict[str, Any]]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    found: list[dict[str, Any]] = []
    for number, meta in enumerate(book.sheets_metadata):
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(number)
        rows, columns = sheet.total_height, sheet.total_width
        if rows > ROWS or columns > COLUMNS or rows * columns > CELLS:
            raise ValueError(
                f"{rows} rows, {columns} columns: keep at most {ROWS}, {COLUMNS} and {CELLS} cells"
            )
        found.append(
            {
                "number": number,
                "name": meta.name,
                "rows": sheet.to_python(skip_empty_area=False),
                "merged": sheet.merged_cell_ranges or [],
                "is_hidden": meta.visible != SheetVisibleEnum.Visible,
            }
        )
    return found


def _tagged(value: Any) -> dict[str, Any]:
    """A cell that JSON has no form for."""
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, time | timedelta):
        return {"text": str(value)}
    raise TypeError(type(value))


if __name__ == "__main__":
    main()
