"""Files of lines in whatever packing, and where each line ends, so that reading may go on from there."""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path

from chartline.errors import InvalidRequest


def open_packed(file: Path) -> gzip.GzipFile | lzma.LZMAFile | io.BufferedReader:
    """By the file's ending: .gz, .xz, or as it is."""
    if file.suffix == ".gz":
        return gzip.open(file)
    return lzma.open(file) if file.suffix == ".xz" else file.open("rb")


def lines(file: Path, offset: int = 0) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, each with the offset of its end in the unpacked file, from `offset` on.

    Raises InvalidRequest for a packed file that is cut short or damaged, after the lines before that.
    """
    try:
        with open_packed(file) as stream:
            stream.seek(offset)
            for line in stream:
                offset += len(line)
                if line.strip():
                    yield offset, line
    except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile):
        raise InvalidRequest(f"{file} is cut short or damaged; what comes before that was read") from None
