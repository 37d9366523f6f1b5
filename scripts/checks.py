"""Run what has to pass, say what was skipped and why, and end with one line that counts.

Used by ``make lint`` and ``make test``; needs only the standard library itself.

    python scripts/checks.py lint tests services browser js

Each argument is a group; every step of every group runs even when an earlier one failed, so that
one run shows all that is wrong. The exit status is 0 only when nothing failed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
REPORTS = ROOT / "build" / "reports"
SERVICES = ("TEST_DATABASE_URL", "TEST_BROKER_URL")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_TESTS_COLLECTED = 5  # pytest's exit status
PARALLEL = ("-n", "2", "--dist", "loadfile")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one step counted. ``said`` is why it failed or was skipped."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    said: str = ""


def main(groups: list[str]) -> int:
    known = {
        "lint": _lint,
        "tests": _tests,
        "services": _services,
        "browser": _browser,
        "js": _javascript,
    }
    unknown = [name for name in groups if name not in known]
    if unknown or not groups:
        print(f"Name groups out of: {', '.join(known)}. Not known: {', '.join(unknown) or '-'}")
        return 2
    REPORTS.mkdir(parents=True, exist_ok=True)
    outcomes = [outcome for name in groups for outcome in known[name]()]
    return _summarise(outcomes)


def _summarise(outcomes: list[Outcome]) -> int:
    print("\n== summary")
    for outcome in outcomes:
        word = "FAILED" if outcome.failed else "passed" if outcome.passed else "skipped"
        counts = f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
        print(f"  {word:8}{outcome.name}: {outcome.said or counts}")
    passed, failed, skipped = (
        sum(getattr(outcome, field) for outcome in outcomes)
        for field in ("passed", "failed", "skipped")
    )
    print(f"\ntotal: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed else 0


# --- groups --------------------------------------------------------------------------------------
def _lint() -> Iterator[Outcome]:
    manage = [sys.executable, "manage.py"]
    tests = {"DJANGO_SETTINGS_MODULE": "cxrportal.settings.test"}
    yield _command("ruff check", [BIN / "ruff", "check", "."])
    yield _command("ruff format", [BIN / "ruff", "format", "--check", "--diff", "."])
    yield _command("mypy", [BIN / "mypy"])
    yield _command("lint-imports", [BIN / "lint-imports"])
    yield _command(
        "migrations match the models", [*manage, "makemigrations", "--check", "--dry-run"], tests
    )
    yield _command("templates compile and URLs resolve", [*manage, "check"], tests)
    with tempfile.TemporaryDirectory() as folder:
        deploy = [*manage, "check", "--deploy", "--fail-level", "WARNING"]
        yield _command("deployment settings", deploy, _production(folder))


def _tests() -> Iterator[Outcome]:
    """Everything but the browser, embedded: no service is needed."""
    yield _pytest("tests", ["-m", "not browser", *PARALLEL], {}, none_is_failure=True)


def _services() -> Iterator[Outcome]:
    """Again, where behaviour depends on the database or the broker. One process: one broker."""
    name = "tests on PostgreSQL and Redis"
    missing = [variable for variable in SERVICES if not os.environ.get(variable)]
    if missing:
        yield _skipped(name, f"{' and '.join(missing)} not set")
        return
    yield _pytest(name, ["-m", "services and not browser"], {v: os.environ[v] for v in SERVICES})


def _browser() -> Iterator[Outcome]:
    name = "tests in a real browser"
    found = filter(None, map(shutil.which, CHROMIUM_NAMES))
    chromium = os.environ.get("CHROMIUM") or next(found, "")
    if not chromium:
        yield _skipped(name, "no Chromium found (install it, or set CHROMIUM to its path)")
        return
    yield _pytest(name, ["-m", "browser"], {"CHROMIUM": chromium})


def _javascript() -> Iterator[Outcome]:
    name = "JavaScript tests"
    files = sorted((ROOT / "tests" / "js").rglob("*.test.*js"))
    node = shutil.which("node")
    if not files or not node:
        yield _skipped(name, "no test files" if not files else "node is not installed")
        return
    _heading(name)
    command = [node, "--test", "--test-reporter=tap", *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, check=False)
    print(done.stdout if done.returncode else _tap_tail(done.stdout), flush=True)
    numbers = re.findall(r"^# (pass|fail|cancelled|skipped) (\d+)$", done.stdout, re.MULTILINE)
    counted = {word: int(number) for word, number in numbers}
    failed = counted.get("fail", 0) + counted.get("cancelled", 0)
    if done.returncode and not failed:
        failed = 1
    yield Outcome(name, counted.get("pass", 0), failed, counted.get("skipped", 0))


# --- steps ---------------------------------------------------------------------------------------
def _command(name: str, command: list[object], extra: dict[str, str] | None = None) -> Outcome:
    _heading(name)
    status = _run([str(part) for part in command], extra or {})
    if status:
        return Outcome(name, failed=1, said=f"exit status {status}")
    return Outcome(name, passed=1, said="clean")


def _pytest(
    name: str, options: list[str], extra: dict[str, str], *, none_is_failure: bool = False
) -> Outcome:
    _heading(name)
    report = REPORTS / f"{name.replace(' ', '-').lower()}.xml"
    report.unlink(missing_ok=True)
    status = _run([sys.executable, "-m", "pytest", f"--junit-xml={report}", *options], extra)
    if status == NO_TESTS_COLLECTED and not none_is_failure:
        return _skipped(name, "no test of this kind")
    counted = _read_report(report)
    # A crash or an interrupted run is a failure even if no test says so.
    failed = max(counted.failed, 1) if status else 0
    return Outcome(name, counted.passed, failed, counted.skipped)


def _read_report(path: Path) -> Outcome:
    if not path.exists():
        return Outcome(path.stem)
    suites = list(ElementTree.parse(path).getroot().iter("testsuite"))
    total, failed, skipped = (
        sum(int(suite.get(field, "0")) for suite in suites for field in fields)
        for fields in (("tests",), ("failures", "errors"), ("skipped",))
    )
    return Outcome(path.stem, total - failed - skipped, failed, skipped)


def _skipped(name: str, why: str) -> Outcome:
    _heading(name)
    print(f"skipped: {why}", flush=True)
    return Outcome(name, skipped=1, said=f"skipped: {why}")


def _heading(name: str) -> None:
    print(f"\n== {name}", flush=True)


def _run(command: list[str], extra: dict[str, str]) -> int:
    """Neither a developer's own .env nor a service that a step did not ask for has a say."""
    environment = {name: value for name, value in os.environ.items() if name not in SERVICES}
    environment |= {"ENV_FILE": os.devnull} | extra
    environment.setdefault("OMP_NUM_THREADS", "1")  # two processes on two cores
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _tap_tail(output: str) -> str:
    return "\n".join(line for line in output.splitlines() if line.startswith("# "))


def _production(folder: str) -> dict[str, str]:
    """Settings as a careful administrator would make them; nothing is connected to."""
    return {
        "DJANGO_SETTINGS_MODULE": "cxrportal.settings.prod",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "checked-" + "0123456789abcdef" * 4,
        "DATABASE_URL": "postgres://portal:portal@localhost/portal",
        "BROKER_URL": "redis://localhost:6379/0",
        "ALLOWED_HOSTS": "portal.example",
        "DATA_DIR": folder,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
