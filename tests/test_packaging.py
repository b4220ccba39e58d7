"""The wheel: it holds the shipped runs and the dashboard, and works outside the clone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

pytestmark = pytest.mark.slow

CLONE = Path(__file__).parents[1]


def run(*command: str | Path, **options) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, timeout=120, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, CLONE)
    (built,) = folder.glob("cascadelens-*.whl")
    return built


@pytest.fixture(scope="module")
def outside(wheel, tmp_path_factory) -> dict:
    """Options for running Python elsewhere, with the wheel's files in front of the clone's."""
    site = tmp_path_factory.mktemp("site")
    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target", site, wheel)
    return {"cwd": site.parent, "env": {**os.environ, "PYTHONPATH": str(site)}}


def test_every_file_a_user_needs_is_in_the_wheel(wheel):
    tracked = subprocess.run(
        ["git", "ls-files", "cascade_core", "dashboard", "cached_runs"],
        cwd=CLONE,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    packed = zipfile.ZipFile(wheel).namelist()
    assert not set(tracked) - set(packed)
    assert "dashboard/.streamlit/config.toml" in packed
    for needed in ("cached_runs/*/run.json", "cascade_core/recipes/*.toml", "dashboard/**/*.js"):
        assert [name for name in packed if Path(name).match(needed)], needed


def test_nothing_else_is_in_the_wheel(wheel):
    top = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {
        "cached_runs",
        "cascade_core",
        "dashboard",
    }


def test_the_installed_command_lists_and_checks_the_shipped_runs(wheel, outside):
    shipped = {
        Path(name).parent for name in zipfile.ZipFile(wheel).namelist() if "run.json" in name
    }
    listed = run("-m", "cascade_core.cli", "runs", "list", **outside)
    site = Path(outside["env"]["PYTHONPATH"])
    for folder in shipped:
        assert folder.name in listed
        assert "is whole" in run(
            "-m", "cascade_core.cli", "runs", "check", site / folder, **outside
        )


def test_the_installed_package_is_what_was_tested(outside):
    code = "import cascade_core, dashboard; print(cascade_core.__file__, dashboard.__file__)"
    site = outside["env"]["PYTHONPATH"]
    assert all(path.startswith(site) for path in run("-c", code, **outside).split())


def test_the_installed_dashboard_starts_outside_the_clone(outside):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "cascade_core.cli", "dashboard", "--port", str(port), "--no-browser"]
    server = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **outside
    )
    try:
        assert answer(f"http://127.0.0.1:{port}/_stcore/health", server) == b"ok"
    finally:
        server.terminate()
        server.communicate(timeout=20)


def answer(address: str, server: subprocess.Popen, patience: float = 60) -> bytes:
    """What the server answers, as soon as it does."""
    end = time.monotonic() + patience
    while server.poll() is None and time.monotonic() < end:
        try:
            with urlopen(address, timeout=5) as response:
                return response.read()
        except (URLError, ConnectionError):
            time.sleep(0.2)
    server.terminate()
    pytest.fail(f"no answer from {address}: {server.communicate()[0].decode()}")
