"""Where posts come from: files, globs and stdin, plain or compressed, opened as one stream of bytes."""

from __future__ import annotations

import glob
import gzip
import hashlib
import io
import lzma
import os
import select
import sys
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from autowritten.errors import AutowrittenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed import WriteableBuffer

SAMPLE = 1 << 18
"""Bytes read ahead of time to tell the format, the encoding and the columns of a file."""

_PAUSE = 0.4  # seconds
_MAGIC = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst", b"\xfd7zXZ\x00": "xz"}


def expand(names: Iterable[str]) -> list[str]:
    """Turn the file names and globs a user gave into files, in the order given; the matches of a glob are sorted.

    A file whose name has a `*` in it is taken as it is. `-` is stdin.

    Raises:
        AutowrittenError: a glob matches nothing, or stdin is named twice.
    """
    files: list[str] = []
    for name in names:
        if name == "-" or os.path.lexists(name) or not glob.has_magic(name):
            files.append(name)
            continue
        found = sorted(match for match in glob.glob(name, recursive=True) if os.path.isfile(match))
        if not found:
            raise AutowrittenError(f"no file matches {name!r}")
        files += found
    if files.count("-") > 1:
        raise AutowrittenError("stdin (-) can be read only once")
    return files


class Source:
    """One input, opened as decompressed bytes as often as asked (a pipe: once).

    Compression is told by the first bytes, not by the name.

    Attributes:
        name: the path as given, or `-`.
        compression: `gz`, `zst`, `xz`, or None.
        size: bytes on disk, or None for a pipe.
        head: the first `SAMPLE` bytes, decompressed.

    Raises:
        AutowrittenError: the file is not there, can't be read, or its compressed data is damaged.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        with explain_errors(name):
            self._raw = self._open_raw()
            magic = self._raw.peek(6)[:6]
            self.compression = next((kind for mark, kind in _MAGIC.items() if magic.startswith(mark)), None)
            regular = name != "-" and Path(name).is_file()
            self.size = os.path.getsize(name) if regular else None
            stream = self._decompressed(self._raw)
            waits = name == "-" or not Path(name).is_file()
            self.head = (
                _read_until_pause(self._raw, SAMPLE) if waits and stream is self._raw else _read_fully(stream, SAMPLE)
            )
        self._opened = False
        # A pipe, or a process substitution of the shell, can't be opened twice: its stream is kept for `open`.
        self._pipe = None if regular else stream
        if regular:
            stream.close()
            self._raw.close()

    @property
    def suffix(self) -> str:
        """The extension in lower case, that of a compression left out: `.csv` for `posts.CSV.gz`."""
        suffixes = [part.lower() for part in Path(self.name).suffixes]
        if suffixes and suffixes[-1] in (".gz", ".zst", ".xz"):
            suffixes.pop()
        return suffixes[-1] if suffixes else ""

    def open(self) -> io.BufferedReader:
        """Open the decompressed bytes from the start.

        Raises:
            AutowrittenError: the file has vanished, or the pipe was read before.
        """
        self._opened = True
        if self.size is not None:
            with explain_errors(self.name):
                self._raw = self._open_raw()
                return self._decompressed(self._raw)
        if self._pipe is None:
            raise AutowrittenError(f"{self.name}: a pipe can be read only once")
        stream, self._pipe = self._pipe, None
        return io.BufferedReader(_Prefixed(self.head, stream), 1 << 16)

    def rest(self) -> Iterator[bytes]:
        """Yield what comes after the head in pieces, of a file that can be read twice; nothing of a pipe."""
        if self.size is None:
            return
        with self.open() as stream:
            stream.read(len(self.head))
            while piece := stream.read(1 << 20):
                yield piece

    def position(self) -> int:
        """Bytes of the file (as it lies on disk) read so far by the stream opened last."""
        if not self._opened:
            return 0
        try:
            return self._raw.tell()
        except (OSError, ValueError):  # a pipe has no position, a closed file neither
            return self.size or 0

    def fingerprint(self) -> dict[str, Any]:
        """Tell this input from a changed one when a run is resumed: size and a digest of both ends.

        A copied or touched file is still the same, so the time stamp has no say.
        """
        if self.size is None:
            return {"name": self.name, "head": hashlib.sha256(self.head).hexdigest()}
        with explain_errors(self.name), open(self.name, "rb") as file:
            digest = hashlib.sha256(file.read(SAMPLE))
            file.seek(max(0, self.size - SAMPLE))
            digest.update(file.read(SAMPLE))
        return {"name": self.name, "bytes": self.size, "ends": digest.hexdigest()}

    def _open_raw(self) -> io.BufferedReader:
        if self.name != "-":
            return open(self.name, "rb")
        if sys.stdin is None:
            raise AutowrittenError("-: can't be read: standard input is closed")
        with suppress(OSError, ValueError):  # a stream of a test has no number
            # A reader of our own: Python can't leave while another thread waits in that of sys.stdin.
            return open(os.dup(sys.stdin.fileno()), "rb")
        stdin: Any = sys.stdin.buffer
        return stdin if isinstance(stdin, io.BufferedReader) else io.BufferedReader(stdin)

    def _decompressed(self, raw: io.BufferedReader) -> io.BufferedReader:
        stream: Any = raw
        if self.compression == "gz":
            stream = gzip.GzipFile(fileobj=raw)
        elif self.compression == "xz":
            stream = lzma.LZMAFile(raw)  # noqa: SIM115 - closed by the reader
        elif self.compression == "zst":
            import pyarrow

            stream = pyarrow.CompressedInputStream(pyarrow.PythonFile(raw, "r"), "zstd")
        return raw if stream is raw else io.BufferedReader(stream, 1 << 16)


class _Prefixed(io.RawIOBase):
    """A stream with the bytes already taken from it put back in front."""

    def __init__(self, head: bytes, rest: io.BufferedReader) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        chunk = self._head[: len(view)] if len(self._head) else self._rest.read1(len(view))
        self._head = self._head[len(chunk) :] if len(self._head) else self._head
        view[: len(chunk)] = chunk
        return len(chunk)


def _read_until_pause(stream: io.BufferedReader, size: int) -> bytes:
    """Read up to `size` bytes of a pipe, fewer only if it pauses after a whole line: `tail -f` waits for its answer."""
    head = bytearray()
    while len(head) < size:
        if head.endswith((b"\n", b"\n\0")) and not _has_more(stream):
            break
        if not (chunk := stream.read1(size - len(head))):
            break
        head += chunk
    return bytes(head)


def _has_more(stream: io.BufferedReader) -> bool:
    """Wait a little for more of a pipe; where that can't be asked, say that there is, and so wait for it."""
    try:
        return bool(select.select([stream.fileno()], [], [], _PAUSE)[0])
    except (OSError, ValueError):  # no real stream, or Windows
        return True


def _read_fully(stream: IO[bytes], size: int) -> bytes:
    """Read up to `size` bytes, waiting for a slow pipe, for a short sample could hide the encoding."""
    parts: list[bytes] = []
    while size > 0 and (chunk := stream.read(size)):
        parts.append(chunk)
        size -= len(chunk)
    return b"".join(parts)


@contextmanager
def explain_errors(name: str) -> Iterator[None]:
    """Turn whatever opening or decompressing a file raises into one line naming the file.

    Raises:
        AutowrittenError: in place of `OSError`, `EOFError` and the decompressors' own errors.
    """
    try:
        yield
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise AutowrittenError(f"{name}: the compressed data is damaged or cut off ({error})") from error
    except OSError as error:
        # pyarrow's zstd reader raises a bare OSError with no errno
        why = error.strerror or f"the compressed data is damaged or cut off ({error})"
        raise AutowrittenError(f"{name}: can't be read: {why}") from error
