"""The embedded fonts: which characters they cover, and the tool that cut them.

``python -m reports._fonts NOTO_FOLDER UNIHAN_FILE`` cuts static subsets out of the whole Noto
CJK collections (``NotoSansCJK-Regular.ttc`` and so on) into ``reports/fonts``. Covered are
GB 2312, the 8,105 characters of the 通用规范汉字表 (property ``kTGH`` of the Unihan database),
every character of our own catalogue, Latin-1 and the symbols of ``SYMBOLS``.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(str(files("reports").joinpath("fonts")))
COVERAGE = "coverage.txt"  # ranges of code points that every embedded text face has

SYMBOLS = (
    " !\"#$%&'()*+,-./0123456789:;<=>?@[\\]^_`{|}~"
    "–—―‐‑‘’“”†‡•…‰′″※‹›€№℃™←↑→↓↗↘▲▼△▽■□●○◆◇★☆✓×÷±≤≥≠≈∞∑√¥§°·"
    "①②③④⑤⑥⑦⑧⑨⑩ⅠⅡⅢⅣⅤⅥ〇〈〉《》「」『』【】〔〕〖〗、。"
)


@dataclass(frozen=True, slots=True)
class Face:
    """One embedded font file and the collection that it is cut from."""

    file: str
    collection: str
    is_heading: bool = False  # headings are ours: the common characters are enough


FACES = (
    Face("NotoSansSC-Regular.otf", "NotoSansCJK-Regular.ttc"),
    Face("NotoSansSC-Bold.otf", "NotoSansCJK-Bold.ttc"),
    Face("NotoSerifSC-Regular.otf", "NotoSerifCJK-Regular.ttc"),
    Face("NotoSerifSC-Bold.otf", "NotoSerifCJK-Bold.ttc", is_heading=True),
)
_SIMPLIFIED = 2  # place of the SC face in each collection


def gb2312(rows: range = range(1, 95)) -> set[int]:
    """Code points of the given rows (区) of GB 2312; rows 16 to 55 hold the common characters."""
    found = set()
    for row in rows:
        for cell in range(1, 95):
            try:
                found.add(ord(bytes((row + 160, cell + 160)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def standard(unihan: Path) -> set[int]:
    """Code points of the 通用规范汉字表, from a file of the Unihan database."""
    lines = unihan.read_text(encoding="utf-8").splitlines()
    return {int(line[2:].split("\t")[0], 16) for line in lines if "\tkTGH\t" in line}


def catalogue() -> set[int]:
    """Code points of all texts of ours."""
    folder = files("soc.text")
    texts = (
        entry.read_text(encoding="utf-8")
        for language in ("zh", "en")
        for entry in folder.joinpath(language).iterdir()
        if entry.name.endswith(".toml")
    )
    return {ord(char) for content in texts for char in content}


def wanted(face: Face, unihan: Path) -> set[int]:
    """Code points that a face is cut to."""
    own = catalogue() | {ord(char) for char in SYMBOLS} | set(range(0x20, 0x7F))
    if face.is_heading:
        return own | gb2312(range(16, 56)) | gb2312(range(1, 4))
    return own | gb2312() | standard(unihan) | set(range(0xA0, 0x100))


def cut(face: Face, source: Path, unihan: Path, target: Path) -> set[int]:
    """Write one subset; the code points that it covers."""
    from fontTools import subset
    from fontTools.ttLib import TTCollection

    options = subset.Options()
    options.layout_features = ["kern", "ccmp", "mark"]  # locl would keep the shapes of Japan
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["VORG", "vhea", "vmtx", "BASE"]  # nothing is set vertically
    options.hinting = False
    options.notdef_outline = True
    font = TTCollection(source / face.collection, lazy=True).fonts[_SIMPLIFIED]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted(face, unihan))
    cutter.subset(font)
    font["head"].modified = font["head"].created  # the same bytes whenever it is cut
    font.recalcTimestamp = False
    font.save(target / face.file)
    return set(font.getBestCmap())


def ranges(points: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of consecutive code points, first and last, ascending."""
    runs: list[tuple[int, int]] = []
    for point in sorted(points):
        if runs and runs[-1][1] == point - 1:
            runs[-1] = (runs[-1][0], point)
        else:
            runs.append((point, point))
    return runs


@cache
def covered() -> frozenset[int]:
    """Code points that every face of running text has; nothing is drawn as an empty box."""
    text = (FOLDER / COVERAGE).read_text(encoding="ascii")
    points: set[int] = set()
    for first, last in re.findall(r"^([0-9A-F]+)-([0-9A-F]+)$", text, re.MULTILINE):
        points.update(range(int(first, 16), int(last, 16) + 1))
    return frozenset(points)


def missing(text: str) -> list[str]:
    """Characters of a text that the embedded fonts cannot draw, each once, sorted."""
    known = covered()
    return sorted(
        char
        for char in set(text)
        if ord(char) not in known and not unicodedata.category(char).startswith(("C", "Z"))
    )


def main(noto: Path, unihan: Path) -> None:
    """Cut all faces and write what they cover."""
    cuts = {face: cut(face, noto, unihan, FOLDER) for face in FACES}
    common = set.intersection(*(points for face, points in cuts.items() if not face.is_heading))
    lines = [f"{first:04X}-{last:04X}" for first, last in ranges(common)]
    (FOLDER / COVERAGE).write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
