"""What a question asks for, checked, and the columns of its answer: the same on every engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from soc import _bins, schema
from soc._columns import RECORD, Columns, question
from soc.errors import StoreError
from soc.query import Aggregate, Measure, Select
from soc.schema import Type

if TYPE_CHECKING:
    import pyarrow as pa

BUCKET = "bucket"
_ELEMENT = {Type.KEYWORDS: Type.KEYWORD, Type.IPS: Type.IP}
_FIXED = {
    "count": Type.LONG,
    "distinct": Type.LONG,
    "average": Type.DOUBLE,
    "percentile": Type.DOUBLE,
}


def names(query: Select) -> tuple[str, ...]:
    """The columns of the rows, in order; twins and ``soc.version`` come only when named."""
    if query.columns is not None:
        return query.columns
    return tuple(schema.of(query.dataset)) if not query.dataset.startswith(RECORD) else ()


def select(query: Select) -> dict[str, Type | None]:
    """Names and types of the columns of the rows; None where records decide it.

    Raises:
        StoreError: unknown dataset or column, or a question that records cannot be asked.
    """
    columns = question(query.dataset)
    _check_scope(query, columns)
    for order in query.order:
        _single(_known(order.column, columns, "order"), f"order: {order.column}")
    return {name: _known(name, columns, "columns") for name in names(query)}


def aggregate(query: Aggregate) -> dict[str, Type | None]:
    """Names and types of the columns of the groups; None where records decide it.

    Raises:
        StoreError: unknown dataset or column, a measure that its column cannot give, a name
            used twice, bins that cannot be made, or a question that records cannot be asked.
    """
    columns = question(query.dataset)
    _check_scope(query, columns)
    found: dict[str, Type | None] = {}
    if query.bucket is not None:
        _bins.check(query.bucket)
        if _known(query.bucket.column, columns, "bucket") not in (Type.DATE, None):
            raise StoreError(f"bucket: {query.bucket.column}: no date: bin by @timestamp")
        found[BUCKET] = Type.DATE
    for name in query.by:
        _add(found, name, _element(name, columns))
    for measure in query.measures:
        _add(found, measure.name, _measured(measure, columns))
    for order in query.order:
        if order.column not in found:
            raise StoreError(f"order: {order.column}: no column of the result: {', '.join(found)}")
    return found


def _check_scope(query: Select | Aggregate, columns: Columns) -> None:
    if columns.is_open and (query.period or query.window):
        raise StoreError(f"{query.dataset}: records have no event time: ask a date by Range")
    if query.latest_by is not None:
        _single(_known(query.latest_by, columns, "latest_by"), f"latest_by: {query.latest_by}")
    if query.limit is not None and query.limit < 0:
        raise StoreError(f"limit: {query.limit}: write 0 or more")


def _single(kind: Type | None, place: str) -> None:
    if kind is not None and (kind.is_list or kind is Type.MAP):
        raise StoreError(f"{place}: holds several values: name another column")


def _known(name: str, columns: Columns, place: str) -> Type | None:
    kind = columns.type_of(name)
    if kind is None and not columns.is_open:
        raise StoreError(f"{place}: {name}: no such column: see the field table")
    return kind


def _add(found: dict[str, Type | None], name: str, kind: Type | None) -> None:
    if name in found:
        raise StoreError(f"measures: {name}: the result has this column already: name it anew")
    found[name] = kind


def _element(name: str, columns: Columns) -> Type | None:
    kind = _known(name, columns, "by")
    if kind is Type.MAP:
        raise StoreError(f"by: {name}: a map makes no group: name one of its keys")
    return _ELEMENT.get(kind, kind) if kind is not None else None


def _measured(measure: Measure, columns: Columns) -> Type | None:
    function = measure.function
    if measure.column is None:
        if function != "count":
            raise StoreError(f"measures: {measure.name}: {function} needs a column")
        return Type.LONG
    kind = _known(measure.column, columns, "measures")
    if not 0 <= measure.fraction <= 1:
        raise StoreError(f"measures: {measure.name}: fraction {measure.fraction}: write 0 to 1")
    if kind is not None and not _gives(function, kind):
        raise StoreError(f"measures: {measure.column}: holds no value to take the {function} of")
    if function == "sum" and kind is not None:
        return Type.DOUBLE if kind is Type.DOUBLE else Type.LONG
    return _FIXED.get(function, kind)


def _gives(function: str, kind: Type) -> bool:
    if function == "count":
        return True
    if function == "distinct":
        return kind is not Type.MAP
    if function in ("min", "max"):
        return not kind.is_list and kind not in (Type.MAP, Type.TWIN)
    return kind.is_number


def columns_of_result(types: Mapping[str, Type | None]) -> Columns:
    """The result's columns as ``having`` sees them."""
    known = {name: kind for name, kind in types.items() if kind is not None}
    return Columns(known, is_open=len(known) < len(types))


def arrow(types: Mapping[str, Type | None]) -> pa.Schema:
    """The Arrow schema of a result; a column whose type is left to records is text."""
    import pyarrow as pa

    fields = [pa.field(name, schema.arrow_type(t or Type.KEYWORD)) for name, t in types.items()]
    return pa.schema(fields)


def table(rows: Sequence[Mapping[str, Any]], types: Mapping[str, Type | None]) -> pa.Table:
    """Rows as an Arrow table; columns left to records get the type that their values have."""
    import pyarrow as pa

    arrays = [_array([row.get(name) for row in rows], kind) for name, kind in types.items()]
    return pa.Table.from_arrays(arrays, names=list(types))


def _array(values: list[Any], kind: Type | None) -> pa.Array:
    import pyarrow as pa

    if kind is not None:
        return pa.array(values, schema.arrow_type(kind))
    try:
        found = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # values of several sorts
        return pa.array([None if v is None else str(v) for v in values], pa.string())
    if pa.types.is_null(found.type):
        return found.cast(pa.string())
    return found


def record_names(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every name that some row has, in the order of first appearance."""
    return tuple(dict.fromkeys(name for row in rows for name in row))
