"""Whether files may have changed, without reading them."""

from pathlib import Path

from fleet.tls.files import TlsFiles

Stamp = tuple[tuple[int, ...] | None, ...]


def stamp_of(files: TlsFiles) -> Stamp:
    """Return what changes whenever one of *files* is replaced or written.

    Symbolic links are followed, as many as there are: whoever swaps one of them has
    replaced all the files behind it.
    """
    paths = (files.ca, files.cert, files.key)
    return tuple(_facts(path) if path else None for path in paths)


def _facts(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:  # on its way from one place to another
        return None
    # The last of them for a copy that keeps the size and the time of writing.
    return (
        found.st_dev,
        found.st_ino,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
    )
