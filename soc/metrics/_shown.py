"""How a number is written, and the rounded value that a chart draws for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soc.text import Language, text

if TYPE_CHECKING:
    from soc.metrics._number import Number, Unit

UNKNOWN = "—"
_LARGE: dict[Language, tuple[tuple[float, str], ...]] = {
    "zh": ((1e8, "亿"), (1e4, "万")),
    "en": (),
}
_BYTES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def shown(number: Number, language: Language) -> str:
    """The value as people read it: 486.2万, 12.5%, 1.3 GB; a dash where it is unknown."""
    if number.value is None:
        return UNKNOWN
    return _written(number.value, _unit(number), language)


def spoken(number: Number, language: Language) -> str:
    """The value with its unit, as it stands in a sentence: 486.2万次; or that there is no data."""
    unit = _unit(number)
    if number.value is None:
        return text("metrics.unknown", language)
    if unit in ("bytes", "share", "seconds"):
        return shown(number, language)
    return shown(number, language) + text(f"metrics.unit.{unit}", language)


def rounded(number: Number, language: Language) -> float | None:
    """The value that is shown, as a number: what a chart draws."""
    if number.value is None:
        return None
    unit = _unit(number)
    if unit == "share":
        return round(number.value, 3)
    if unit == "seconds":
        return float(round(number.value))
    steps = _BYTES if unit == "bytes" else _LARGE[language]
    scale = _scale(number.value, steps)
    return round(number.value / scale[0], 1) * scale[0] if scale else float(round(number.value))


def written(value: float, unit: Unit, language: Language) -> str:
    """Any value of a unit as people read it, such as the difference of two numbers."""
    return _written(value, unit, language)


def _unit(number: Number) -> Unit:
    from soc.metrics import metric

    return metric(number.metric).unit


def _written(value: float, unit: Unit, language: Language) -> str:
    if unit == "share":
        return f"{100 * value:.1f}%"
    if unit == "seconds":
        return _span(round(value), language)
    if unit == "bytes":
        scale = _scale(value, _BYTES)
        return f"{value / scale[0]:.1f} {scale[1]}" if scale else f"{value:.0f} B"
    scale = _scale(value, _LARGE[language])
    if scale:
        return f"{value / scale[0]:.1f}{scale[1]}"
    return f"{round(value)}" if language == "zh" else f"{round(value):,}"


def _span(seconds: int, language: Language) -> str:
    """A span by its two largest parts: 45秒, 12分05秒, 3小时20分, 2天4小时."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    largest = "days" if day else "hours" if hour else "minutes" if minute else "seconds"
    parts = {"day": day, "hour": hour, "minute": minute, "second": second}
    return text(f"metrics.span.{largest}", language, **parts)


def _scale(value: float, steps: tuple[tuple[float, str], ...]) -> tuple[float, str] | None:
    return next((step for step in steps if abs(value) >= step[0]), None)
