"""What is unpacked of Triton's wheel, without downloading it: the layout its binaries rely on."""

import sys
import zipfile
from pathlib import Path

import pytest

from chartline.local import triton

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A wheel with the real one's layout stands in for the registry's; says how often it was fetched."""
    fetched: list[Path] = []

    def download(folder: Path) -> Path:
        wheel = folder / "triton.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for name in (
                "nvidia_pytriton.libs/libssl.so",
                "pytriton/client/client.py",
                "pytriton/tritonserver/bin/tritonserver",
                "pytriton/tritonserver/backends/python/libtriton_python.so",
                f"pytriton/tritonserver/python_backend_stubs/{PYTHON}/triton_python_backend_stub",
                "pytriton/tritonserver/python_backend_stubs/3.8/triton_python_backend_stub",
            ):
                archive.writestr(name, name)
        fetched.append(wheel)
        return wheel

    monkeypatch.setattr(triton, "_download", download)
    return fetched


def test_the_stub_of_this_python_lies_where_the_backend_looks(tmp_path: Path, downloads: list[Path]) -> None:
    folder = triton.install_triton(tmp_path)
    stub = folder / "backends" / "python" / "triton_python_backend_stub"
    assert f"/{PYTHON}/" in stub.read_text()
    assert (folder.parents[1] / "nvidia_pytriton.libs" / "libssl.so").exists()
    assert all(program.stat().st_mode & 0o111 for program in (stub, folder / "bin" / "tritonserver"))
    assert not (folder.parent / "client").exists()


def test_it_is_downloaded_once(tmp_path: Path, downloads: list[Path]) -> None:
    assert triton.install_triton(tmp_path) == triton.install_triton(tmp_path)
    assert len(downloads) == 1
    assert len(list(tmp_path.iterdir())) == 1
