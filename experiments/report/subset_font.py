"""Makes the font that reports are written in: ``python -m experiments.report.subset_font FONT``.

FONT is Noto Sans CJK Regular, a collection such as Debian's ``fonts-noto-cjk`` installs; its licence stands in
``font/OFL.txt``. Kept are Latin letters, the signs that figures need, the 3,755 common characters of GB 2312 level 1,
and every further character that our own texts and the catalogue use.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

HERE = Path(__file__).resolve().parent
FONT = HERE / "font" / "NotoSansSC-Regular-subset.otf"
FACE = "Noto Sans CJK SC"
SIGNS = "–—‘’“”…·×÷−±≤≥≈→←↑↓°²³µ‰€¥、。〈〉《》「」『』【】！（），：；？％～　●○■□◆◇▲△▼▽√∞∑γλ℃"
TEXTS = ("experiments/**/*.yaml", "experiments/**/*.py", "conf/params/catalogue*.yaml")


def characters() -> set[int]:
    """Code points of the characters that the font has to have."""
    latin = [*range(0x20, 0x7F), *range(0xA0, 0x100)]
    level_1 = bytes(byte for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF) for byte in (row, cell))
    root = HERE.parents[1]
    own = "".join(file.read_text(encoding="utf-8") for kind in TEXTS for file in root.glob(kind))
    kept = {ord(sign) for sign in level_1.decode("gb2312", errors="ignore") + SIGNS + own}
    return {*latin, *kept} - set(range(0x20))


def face_of(path: Path) -> TTFont:
    """The simplified Chinese face of a collection, or the one font of a file."""
    if path.suffix != ".ttc":
        return TTFont(path)
    return next(font for font in TTCollection(path).fonts if font["name"].getDebugName(1) == FACE)


def cut(font: TTFont, wanted: set[int]) -> TTFont:
    """The font with these code points only, without what only fine or upright typesetting needs."""
    options = subset.Options(hinting=False, notdef_outline=True, glyph_names=False)
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GSUB", "GPOS"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)
    return font


def main() -> None:
    """Write the font."""
    font = cut(face_of(Path(sys.argv[1])), characters())
    font.save(FONT)
    print(f"{FONT}: {FONT.stat().st_size:,} bytes, {len(font.getBestCmap())} characters")


if __name__ == "__main__":
    main()
