"""Locks, settings, process lists and containers agree; nothing here needs a network."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z0-9,]+\])?==([^\s;\\]+)", re.MULTILINE)
# Read by make, honcho, compose or a container of another maker, not by our settings.
NOT_SETTINGS = {
    "CONCURRENCY",
    "DJANGO_SETTINGS_MODULE",
    "GPU_TORCH_INDEX_URL",
    "HOST",
    "MINIO_ROOT_PASSWORD",
    "MINIO_ROOT_USER",
    "PORT",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD",
    "POSTGRES_USER",
    "QUEUES",
    "TORCH_INDEX_URL",
}
# Meant for a test run or for one command, not for an installation.
NOT_DOCUMENTED = {"ENV_FILE", "TEST_BROKER_URL", "TEST_DATABASE_URL"}
SECRETS = {"SECRET_KEY", "POSTGRES_PASSWORD", "S3_ACCESS_KEY", "S3_SECRET_KEY"}
INSTALLING = (
    "requirements/*",
    "Makefile",
    "Dockerfile",
    ".ci/run",
    "pyproject.toml",
    "scripts/*.py",
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    """Package to version, names as the registry writes them."""
    found = PIN.findall((REQUIREMENTS / name).read_text(encoding="utf-8"))
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}


def settings_names() -> set[str]:
    """Every variable that a settings module reads, as in ``env.kind("NAME", ...)``."""
    names: set[str] = set()
    for path in (ROOT / "cxrportal" / "settings").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[0] == "env":
                match node.args:
                    case [ast.Constant(value=str(name)), *_]:
                        names.add(name)
    return names


def example_names() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", read(".env.example"), re.MULTILINE))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(read("compose.yaml"))


# --- locks ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["base", "dev"])
def test_the_lock_holds_what_its_inputs_ask_for(name: str) -> None:
    asked = pins("base.in") | (pins("dev.in") if name == "dev" else {})
    locked = pins(f"{name}.txt")
    assert {package: locked.get(package) for package in asked} == asked


@pytest.mark.parametrize("name", ["base.in", "dev.in"])
def test_every_input_names_one_version(name: str) -> None:
    lines = [line for line in read(f"requirements/{name}").splitlines() if line.strip()]
    loose = [line for line in lines if not line.startswith(("#", "-r ")) and not PIN.match(line)]
    assert not loose


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_every_locked_package_has_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", read(f"requirements/{name}"))[1:]
    assert len(entries) == len(pins(name))
    assert not [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_the_environments_of_running_and_testing_agree() -> None:
    base, dev = pins("base.txt"), pins("dev.txt")
    assert {package: dev.get(package) for package in base} == base


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_torch_and_what_needs_a_screen_stay_out_of_the_lock(name: str) -> None:
    banned = re.compile(r"torch|torchvision|triton|nvidia-.*|opencv-python|opencv-contrib-python")
    assert not [package for package in pins(name) if banned.fullmatch(package)]


def test_torch_is_pinned_with_its_vision_library() -> None:
    assert pins("torch.txt") == {"torch": "2.13.0"}
    assert pins("torchvision.txt") == {"torchvision": "0.28.0"}


def test_no_file_says_where_packages_come_from() -> None:
    here = {"localhost", "127.0.0.1"}
    paths = [path for pattern in INSTALLING for path in ROOT.glob(pattern) if path.is_file()]
    named = {
        f"{path.relative_to(ROOT)}: {url}"
        for path in paths
        for url in re.findall(r"\b[a-z]+://[^\s\"'`]+", path.read_text(encoding="utf-8"))
        if urlsplit(url).hostname not in {*here, None}
    }
    assert not named


# --- settings ------------------------------------------------------------------------------------
def test_every_setting_stands_in_the_example_file() -> None:
    assert settings_names() - NOT_DOCUMENTED - example_names() == set()


def test_the_example_file_names_nothing_that_nobody_reads() -> None:
    assert example_names() - settings_names() - NOT_SETTINGS == set()


def test_every_setting_is_a_row_of_the_readme() -> None:
    rows = set(re.findall(r"^\| *`([A-Z0-9_]+)`", read("README.md"), re.MULTILINE))
    assert settings_names() - NOT_DOCUMENTED - rows == set()


# --- processes -----------------------------------------------------------------------------------
def queues_in_use() -> set[str]:
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    return routed | {settings.CELERY_TASK_DEFAULT_QUEUE}


def test_somebody_works_on_every_queue_of_make_run() -> None:
    served = re.findall(r"--queues (\S+)", read("Procfile"))
    assert {queue for names in served for queue in names.split(",")} == queues_in_use()


def test_somebody_works_on_every_queue_of_the_containers(compose: dict[str, Any]) -> None:
    served = [
        service["environment"]["QUEUES"]
        for service in compose["services"].values()
        if "QUEUES" in service.get("environment", {}) and "profiles" not in service
    ]
    assert {queue for names in served for queue in names.split(",")} == queues_in_use()


def test_containers_set_only_variables_that_somebody_reads(compose: dict[str, Any]) -> None:
    known = settings_names() | NOT_SETTINGS
    unknown = {
        f"{name}: {variable}"
        for name, service in compose["services"].items()
        for variable in service.get("environment", {})
        if variable not in known
    }
    assert not unknown


def test_what_compose_asks_for_stands_in_the_example_file() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", read("compose.yaml")))
    assert asked - example_names() == set()


def test_no_secret_of_the_containers_has_a_default() -> None:
    uses = re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)([^}]*)\}", read("compose.yaml"))
    assert {name for name, _ in uses} >= SECRETS
    assert not [name for name, rest in uses if name in SECRETS and not rest.startswith(":?")]


def test_every_container_that_stays_up_is_watched(compose: dict[str, Any]) -> None:
    staying = {
        name: service
        for name, service in compose["services"].items()
        if service.get("restart") != "no"
    }
    assert not [name for name, service in staying.items() if "healthcheck" not in service]


def test_containers_wait_only_for_containers_that_exist(compose: dict[str, Any]) -> None:
    services = compose["services"]
    awaited = {name for service in services.values() for name in service.get("depends_on", {})}
    assert awaited <= set(services)


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)", read("Dockerfile"), re.MULTILINE)
    assert users[-1:] not in ([], ["root"], ["0"])


# --- commands ------------------------------------------------------------------------------------
def test_every_command_of_make_is_explained() -> None:
    makefile = read("Makefile")
    commands = set(re.findall(r"^\.PHONY: (\S+)", makefile, re.MULTILINE)) - {"always"}
    explained = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert commands == explained


def test_the_script_of_continuous_integration_is_a_script() -> None:
    path = ROOT / ".ci" / "run"
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0


def test_every_tool_agrees_on_the_oldest_python() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    assert project["project"]["requires-python"] == ">=3.11"
    assert project["tool"]["ruff"]["target-version"] == "py311"
    assert project["tool"]["mypy"]["python_version"] == "3.11"
    assert "(3, 11)" in read("Makefile")
