"""The one way in which a file is written: whole or not at all, never over an input, never through a planted link.

A name given for an output is first resolved: a symbolic link stands for its target, and a pipe or a device is written to
as a stream. Everything else is written to a new file beside it, of a name that can't be guessed, and put in place by a
rename. Work files that a later run has to find again have fixed names; they are created only if nothing is there, and
opened again only if they are the user's own.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from autowritten.errors import AutowrittenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LONGEST_NAME = 255  # bytes, on nearly every file system
# Windows has no links to be lured by, but would change line ends.
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def resolve(path: str | Path) -> Path:
    """Return the file that an output name stands for: links are followed, but those to a pipe or a device kept.

    Raises:
        AutowrittenError: it is a folder, its folder is not there, or its name is impossible.
    """
    with explain_write_errors(Path(path)):
        found = _stat(path)
        if found and stat.S_ISDIR(found.st_mode):
            raise AutowrittenError(f"{path}: is a folder; name a file in it")
        target = Path(path) if found and not stat.S_ISREG(found.st_mode) else Path(os.path.realpath(path))
        if not target.parent.is_dir():
            raise AutowrittenError(f"{path}: there is no folder {str(Path(path).parent)!r}")
    return target


def is_stream(path: Path) -> bool:
    """Whether a resolved output is a pipe, a socket or a device: something to write to, never to replace."""
    found = _stat(path)
    return found is not None and not stat.S_ISREG(found.st_mode)


def check_output(path: str | Path, inputs: Iterable[str]) -> Path:
    """Say before the work what would go wrong after it; return the resolved output.

    Raises:
        AutowrittenError: no file can be there, or it is one of the inputs.
    """
    target = resolve(path)
    refuse_inputs([target], inputs)
    return target


def refuse_inputs(outputs: Iterable[Path | int], inputs: Iterable[str]) -> None:
    """Refuse to write over an input, by whatever name or link it goes.

    Args:
        outputs: paths, or file descriptors.
        inputs: paths; `-` is stdin.

    Raises:
        AutowrittenError: one of the outputs is one of the inputs: the same device and inode.
    """
    places = {_identity(path): path for path in outputs}
    places.pop(None, None)
    for name in inputs:
        place = places.get(_identity(0 if name == "-" else name))
        if place is not None:
            shown = "standard output" if isinstance(place, int) else place
            raise AutowrittenError(f"{shown}: is the input {name!r}; the output has to be another file")


def beside(target: Path, suffix: str) -> Path:
    """Return the fixed name of a work file: `OUT` and the suffix, or a digest of it where that is too long a name."""
    name = target.name + suffix
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:32] + suffix
    return target.with_name(name)


def create(path: Path) -> IO[bytes]:
    """Create a file for reading and writing where none is.

    Raises:
        AutowrittenError: something is there.
    """
    try:
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _SAFE, 0o666), "w+b")
    except FileExistsError:
        raise AutowrittenError(f"{path}: is there already, and no unfinished run made it; move it away") from None


def reopen(path: Path, size: int) -> IO[bytes]:
    """Open a work file of an earlier run at `size`, whatever comes after thrown away; create it if it is not there.

    Raises:
        AutowrittenError: it is not a plain file of the user's own, under this one name.
    """
    try:
        file = own(path, os.O_RDWR)
    except FileNotFoundError:
        file = create(path)
    file.truncate(size)
    file.seek(size)
    return file


def own(path: Path, flags: int = os.O_RDONLY) -> IO[bytes]:
    """Open a file that an earlier run of this user made.

    Raises:
        AutowrittenError: it is a link, a pipe, a folder, another user's, or has a second name.
        FileNotFoundError: it is not there.
    """
    try:
        # A pipe put in its place must not hang the run.
        descriptor = os.open(path, flags | _SAFE | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.EMLINK):
            raise _not_own(path) from None
        raise
    found = os.fstat(descriptor)
    mine = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
    if not stat.S_ISREG(found.st_mode) or not mine or found.st_nlink != 1:
        os.close(descriptor)
        raise _not_own(path)
    return os.fdopen(descriptor, "rb" if flags == os.O_RDONLY else "r+b")


def scratch(target: Path) -> tuple[IO[bytes], Path]:
    """Create a new file of a name that can't be guessed, beside the target; that of a stream in the temporary folder."""
    folder = Path(tempfile.gettempdir()) if is_stream(target) else target.parent
    path = folder / f"{_scratch_prefix(target)}{secrets.token_hex(12)}.tmp"
    return create(path), path


def sweep(target: Path) -> None:
    """Remove what killed runs left of `scratch` files for this target; only for one who holds its lock."""
    for path in target.parent.glob(f"{_scratch_prefix(target)}*.tmp"):
        with suppress(AutowrittenError, OSError):  # another user's is theirs to remove
            own(path).close()
            path.unlink()


def place(made: Path, target: Path) -> None:
    """Put a finished file in its place, from another disk too; one for a stream is copied into it."""
    if not is_stream(target):
        try:
            os.replace(made, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            file, copy = scratch(target)
            try:
                with file, made.open("rb") as source:
                    shutil.copyfileobj(source, file)
                    sync(file)
                os.replace(copy, target)
            finally:
                copy.unlink(missing_ok=True)
    else:
        with os.fdopen(os.open(target, os.O_WRONLY), "wb") as stream, made.open("rb") as source:
            shutil.copyfileobj(source, stream)
    made.unlink(missing_ok=True)


@contextmanager
def whole_file(path: str | Path, inputs: Iterable[str] = ()) -> Iterator[IO[bytes]]:
    """Give a file to write to, and put it under its name when it is whole; after an exception nothing is left of it.

    Raises:
        AutowrittenError: it is an input, or can't be written (see `explain_write_errors`).
    """
    target = check_output(path, inputs)
    with explain_write_errors(Path(path)):
        file, made = scratch(target)
        try:
            with file:
                yield file
                sync(file)
            place(made, target)
            sync_folder(target.parent)
        finally:
            made.unlink(missing_ok=True)


@contextmanager
def explain_write_errors(path: Path | str, when_full: str = "; make room") -> Iterator[None]:
    """Turn a failing write into one line that says what to do, `when_full` if the disk is.

    Raises:
        AutowrittenError: in place of `OSError`, but for a pipe whose reader has gone.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        hint = when_full if error.errno in _FULL and isinstance(path, Path) else ""
        raise AutowrittenError(f"{path}: can't be written: {error.strerror or error}{hint}") from error
    except ValueError as error:  # a NUL in a name
        if "null" not in str(error):
            raise
        raise AutowrittenError(f"{path}: can't be written: not a possible name") from error


def sync(file: IO[bytes]) -> None:
    """Make what was written safe against a power cut."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames safe against a power cut (a no-op where folders can't be opened)."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _scratch_prefix(target: Path) -> str:
    return f".autowritten-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}-"


def _stat(path: str | Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _identity(path: str | Path | int) -> tuple[int, int] | None:
    """Return what makes two names one file; None where there is no file, or a device, which nothing overwrites."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return None if stat.S_ISCHR(found.st_mode) else (found.st_dev, found.st_ino)


def _not_own(path: Path) -> AutowrittenError:
    return AutowrittenError(f"{path}: is not a plain file that a run of yours made; move it away")
