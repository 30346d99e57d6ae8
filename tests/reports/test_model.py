from __future__ import annotations

import pytest

from reports._model import TABLE_ROWS, Chart, Column, Series, Table


def test_a_table_of_more_rows_than_a_page_bears_is_refused() -> None:
    with pytest.raises(ValueError, match="300 at most"):
        Table("t", (Column("a"),), (("1",),) * (TABLE_ROWS + 1))


def test_a_row_has_a_cell_for_every_column() -> None:
    with pytest.raises(ValueError, match="has not 2 cells"):
        Table("t", (Column("a"), Column("b")), (("1",),))


def test_a_series_has_a_number_for_every_category() -> None:
    with pytest.raises(ValueError, match="one number a category"):
        Chart("bars", "t", ("a",), (Series("s", ()),))
