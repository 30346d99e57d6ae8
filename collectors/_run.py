"""The family's driver: files in, rows and record changes stored, one summary out."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collectors._files import head, keyed, sources
from collectors._gather import Gather, Labels
from collectors._recognise import recognised
from soc import plugins
from soc.batch import Refusal, Tally
from soc.errors import InputError
from soc.jobs import Outcome

if TYPE_CHECKING:
    from collectors import CollectParams, FileSettings
    from soc.context import Context
    from soc.store.sources import FileSource

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of reading files; all but ``stored`` repeats when the same files come again."""

    format: str = ""  # several formats in one call: "mixed"
    files: int = 0  # that could be read
    tally: Tally = field(default_factory=Tally)
    stored: int = 0  # rows, or record changes, that were new
    refusals: tuple[Refusal, ...] = ()  # the first few
    errors: tuple[str, ...] = ()  # one line for each file that could not be read

    def __add__(self, other: Summary) -> Summary:
        formats = {name for name in (self.format, other.format) if name}
        return Summary(
            format=formats.pop() if len(formats) == 1 else "mixed" if formats else "",
            files=self.files + other.files,
            tally=self.tally + other.tally,
            stored=self.stored + other.stored,
            refusals=self.refusals + other.refusals,
            errors=self.errors + other.errors,
        )

    def figures(self) -> dict[str, Any]:
        """What ``soc collect file --json`` prints."""
        return {
            "format": self.format,
            "files": self.files,
            "records": self.tally.records,
            "options": self.tally.options,
            "stored": self.stored,
            "refused": self.tally.refused,
            "waiting": self.tally.waiting,
        }


def collect(params: CollectParams, context: Context) -> Outcome:
    """The job ``collect``; partial where a file could not be read, failed where none could."""
    summary = collect_files(
        params.paths,
        format=params.format,
        context=context,
        observer=params.observer,
        zone=params.zone,
        origin=params.origin,
    )
    figures = summary.figures()
    result = "partial" if summary.errors and summary.files else "failed"
    return Outcome(
        result="done" if not summary.errors else result,  # type: ignore[arg-type]
        counts={name: count for name, count in figures.items() if isinstance(count, int)},
        errors=summary.errors,
        value=figures | {"refusals": [_told(refusal) for refusal in summary.refusals]},
    )


def _told(refusal: Refusal) -> str:
    return f"{refusal.place}: {refusal.value!r}: {refusal.remedy}"


def collect_files(
    paths: Sequence[Path],
    *,
    format: str | None,
    context: Context,
    observer: str | None = None,
    zone: str | None = None,
    origin: str = "imported",
) -> Summary:
    """Read files, store what is new in them, and say what was found.

    Files of one format are read together, in the order given. One that cannot be read leaves
    a line in ``errors``; the others are read all the same.

    Args:
        format: name of a collector; None: each file is recognised by its first 64 KiB.

    Raises:
        ConfigError: there is no collector of that name.
        StoreError: the store refused; what was committed before stays.
    """
    summary, groups = _grouped(paths, format)
    for name, members in groups.items():
        settings = plugins.load("collectors", name).Settings(
            paths=tuple(members), observer=observer, zone=zone, origin=origin
        )
        summary = summary + _readable(name, settings, context)
    log.info("collected", extra={"event.provider": summary.format, "soc.stored": summary.stored})
    return summary


def _grouped(paths: Sequence[Path], format: str | None) -> tuple[Summary, dict[str, list[Path]]]:
    """Files by format, in the order given; the errors of those that cannot be read."""
    if format is not None:
        plugins.load("collectors", format)
    groups: dict[str, list[Path]] = {}
    errors: list[str] = []
    for path in paths:
        try:
            name = recognised(path) if format is None else _checked(path, format)
            groups.setdefault(name, []).append(path)
        except InputError as error:
            errors.append(str(error))
    return Summary(format=format or "", errors=tuple(errors)), groups


def _checked(path: Path, format: str) -> str:
    head(path)
    return format


def _readable(name: str, settings: FileSettings, context: Context) -> Summary:
    """The summary of one format; a file that fails is left out and the others are read again.

    Reading again stores nothing twice.
    """
    stored, errors = 0, Summary()
    while settings.paths:
        gather = Gather(context, Labels(settings.observer or name, settings.zone, settings.origin))
        try:
            with context.progress.task(name, None) as task:
                _read(name, settings, context, gather, task.advance)
        except InputError as error:
            stored += gather.stored
            bad = _named(str(error), settings.paths)
            errors = errors + Summary(format=name, errors=(str(error),))
            left = tuple(path for path in settings.paths if path != bad)
            settings = settings.model_copy(update={"paths": left})
            continue
        if foreign := _foreign(name, settings.paths, gather):
            return errors + Summary(name, tally=gather.tally, stored=stored, errors=foreign)
        return errors + replace(_summary(name, settings, gather), stored=stored + _new(gather))
    return errors


def _foreign(name: str, paths: Sequence[Path], gather: Gather) -> tuple[str, ...]:
    """A line a file, where nothing was read and none of them looks like the format either."""
    tally = gather.tally
    if not tally.refused or tally.records or tally.options or tally.waiting:
        return ()
    recognise = plugins.load("collectors", name).recognise
    if any(recognise(head(path), path.name) for path in paths):
        return ()
    return tuple(f"{path}: holds nothing of {name}: name its format with --as" for path in paths)


def _new(gather: Gather) -> int:
    return gather.stored + gather.changed


def _summary(name: str, settings: FileSettings, gather: Gather) -> Summary:
    return Summary(
        format=name,
        files=len(settings.paths),
        tally=gather.tally,
        refusals=tuple(gather.refusals),
    )


def _named(message: str, paths: Sequence[Path]) -> Path:
    """The file that an error is about: messages begin with their place."""
    about = [path for path in paths if message.startswith(str(path))]
    return max(about, key=lambda path: len(str(path)), default=paths[0])


def _read(name: str, settings: FileSettings, context: Context, gather: Gather, tick: Any) -> None:
    """Read files from their beginning, so that the counts repeat; the log drops what it has."""
    files = [keyed(path, context) for path in settings.paths]
    module = plugins.load("collectors", name)
    try:
        for item in module.collect(settings, context, lambda source: 0):
            gather.add(item)
            tick()
    finally:
        gather.close()
    remember(files, gather.sources, context)


def remember(files: Iterable[FileSource], delivered: set[int], context: Context) -> None:
    """Keep the identity of files whose rows are stored, so that they are known when they grow."""
    for file in files:
        if file.key in delivered:
            sources(context).record(file, file.size)
