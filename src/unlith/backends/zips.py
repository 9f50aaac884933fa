"""Reproducible zips: the same files give the same bytes, on any machine, in any folder."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from unlith.errors import UsageError

# The oldest date a zip can hold. All files have it: dates must not change the digest.
_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16  # a plain file, readable by Lambda's user


def write_zip(target: Path, files: Mapping[str, bytes | Path]) -> tuple[str, int]:
    """Write files under their names in sorted order; give the zip's SHA-256 in base64 (as
    Lambda's ``CodeSha256``) and the unzipped size in bytes.

    The zip appears under its name only when it is whole.
    """  # noqa: D205  # one sentence, two lines
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    unzipped = 0
    try:
        with (
            os.fdopen(handle, "wb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        ):
            for name in sorted(files):
                source = files[name]
                data = source if isinstance(source, bytes) else source.read_bytes()
                info = zipfile.ZipInfo(_checked(name), _DATE)
                info.create_system = 3  # Unix, so that the mode counts wherever this runs
                info.external_attr = _MODE
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, data, compresslevel=6)
                unzipped += len(data)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    return sha256_of(target), unzipped


def sha256_of(file: Path) -> str:
    """Give a file's SHA-256 in base64, as Lambda's ``CodeSha256``."""
    with file.open("rb") as stream:
        return base64.b64encode(hashlib.file_digest(stream, "sha256").digest()).decode()


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack one of our zips beside itself under a name that holds its digest; give the folder."""
    digest = hashlib.sha256(sha256_of(archive).encode()).hexdigest()[:12]
    target = folder / f"{archive.stem}-{digest}"
    if target.is_dir():
        return target
    temporary = Path(tempfile.mkdtemp(prefix=f".{archive.stem}.", dir=folder))
    try:
        extract_all(archive, temporary)
        os.replace(temporary, target)
    except OSError:
        # Another process may have unpacked the same bytes meanwhile.
        if not target.is_dir():
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def extract_all(archive: Path, folder: Path) -> None:
    """Unpack one of our zips into a folder."""
    with zipfile.ZipFile(archive) as source:
        source.extractall(folder)


def _checked(name: str) -> str:
    parts = Path(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name:
        raise UsageError(f"not a name for a file in a bundle: {name!r}")
    return name
