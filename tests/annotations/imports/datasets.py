"""Small data sets in memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from annotations.imports.errors import TableBroken
from annotations.imports.formats import read_dataset
from annotations.imports.types import (
    DatasetImage,
    DatasetStatement,
    Format,
    Item,
    Options,
    RowProblem,
)


@dataclass(frozen=True)
class MemoryFiles:
    """Names to contents, in the given order."""

    contents: dict[str, bytes]

    def names(self) -> Iterator[str]:
        yield from self.contents

    def stream(self, name: str) -> IO[bytes]:
        if name not in self.contents:
            raise TableBroken(f"{name} cannot be opened.")
        return io.BytesIO(self.contents[name])


def files_of(**contents: str) -> MemoryFiles:
    return MemoryFiles({name: text.encode() for name, text in contents.items()})


def read(
    contents: dict[str, str], wanted: Format | None = None, options: Options | None = None
) -> tuple[Format, list[Item]]:
    files = files_of(**contents)
    found, items = read_dataset(files, wanted, options or Options())
    return found, list(items)


def images_in(items: list[Item]) -> list[DatasetImage]:
    return [item for item in items if isinstance(item, DatasetImage)]


def statements_in(items: list[Item]) -> list[DatasetStatement]:
    return [item for item in items if isinstance(item, DatasetStatement)]


def problems_in(items: list[Item]) -> list[RowProblem]:
    return [item for item in items if isinstance(item, RowProblem)]
