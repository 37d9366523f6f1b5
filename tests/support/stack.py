"""The whole portal as processes of its own: web, workers and beat, as ``make run`` starts them.

Embedded by default; on PostgreSQL and Redis where TEST_DATABASE_URL and TEST_BROKER_URL are set and
``services=True``. Each stack has a data folder and a database of its own.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import urllib3

from cxrportal.demo.client import PortalClient

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
WORKER = "celery -A cxrportal.celery worker --concurrency 1 --without-gossip --without-mingle"
ROLES = {
    "worker": f"{WORKER} --queues ingest,export --hostname worker@%h",
    "inference": f"{WORKER} --queues inference --hostname inference@%h",
    "beat": "celery -A cxrportal.celery beat --pidfile= --schedule {data}/beat",
    "training": f"{WORKER} --queues training --hostname training@%h",
    "web": "gunicorn cxrportal.wsgi --worker-class gthread --threads 4 --bind 127.0.0.1:{port}",
}

USUAL = tuple(role for role in ROLES if role != "training")  # few tests train: they run it


@dataclass(slots=True)
class Stack:
    """Start with ``start``, talk with ``client``; ``kill`` and ``run`` single roles."""

    data: Path
    services: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    people: dict[str, Any] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _database: str = ""

    def start(self, roles: tuple[str, ...] = USUAL) -> Stack:
        self.data.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        self.environment = self._environment()
        self.manage("migrate", "--no-input", "--verbosity", "0")
        self.people = json.loads(self.manage("shell", "-v", "0", "-c", _SETUP).splitlines()[-1])
        if "web" in roles:
            self.manage("collectstatic", "--no-input", "--verbosity", "0")
        for role in roles:
            self.run(role)
        if "web" in roles:
            wait_until(self.answers, limit_s=60, what="the web process")
        return self

    @property
    def base(self) -> str:
        return f"http://localhost:{self.port}"

    def client(self, token: str = "clinician") -> PortalClient:
        return PortalClient(self.base, self.people["tokens"][token])

    def run(self, role: str) -> None:
        command = ROLES[role].format(data=self.data, port=self.port).split()
        with (self.data / f"{role}.log").open("ab") as log:
            self.processes[role] = subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, role: str) -> None:
        """kill -9 of the role's whole process group, pool children included."""
        process = self.processes.pop(role)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for role in list(self.processes):
            process = self.processes[role]
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for role in list(self.processes):
            try:
                self.processes[role].wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(self.processes[role].pid, signal.SIGKILL)
                self.processes[role].wait()
        self._drop_database()

    def manage(self, *arguments: str) -> str:
        """Run a management command in the stack's environment. A failure raises with its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]}: {done.stdout}\n{done.stderr}")
        return done.stdout

    def query(self, expression: str) -> Any:
        """The JSON value of a Python expression evaluated beside the database."""
        code = (
            f"import json; from tests.support.stack_facts import *; print(json.dumps({expression}))"
        )
        return json.loads(self.manage("shell", "-v", "0", "-c", code).splitlines()[-1])

    def answers(self) -> bool:
        try:
            return urllib3.request("GET", self.base + "/health/", retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def log(self, role: str) -> str:
        return (self.data / f"{role}.log").read_text("utf-8", "replace")

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")}
        chosen = {
            "DJANGO_SETTINGS_MODULE": "cxrportal.settings.dev",
            "DATA_DIR": str(self.data),
            "ENV_FILE": str(self.data / "no.env"),
            "LEASE_S": "4",
            "HEARTBEAT_S": "1",
            "SWEEP_S": "2",
            "OMP_NUM_THREADS": "1",
            "PYTHONUNBUFFERED": "1",
        }
        if self.services and os.environ.get("TEST_DATABASE_URL"):
            chosen["DATABASE_URL"] = self._make_database(os.environ["TEST_DATABASE_URL"])
        if self.services and os.environ.get("TEST_BROKER_URL"):
            chosen["BROKER_URL"] = os.environ["TEST_BROKER_URL"]
        return kept | chosen | self.environment

    def _make_database(self, url: str) -> str:
        self._database = f"cxrportal_stack_{secrets.token_hex(4)}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{self._database}"')
        return urlunsplit(urlsplit(url)._replace(path=f"/{self._database}"))

    def _drop_database(self) -> None:
        if self._database:
            with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{self._database}" WITH (FORCE)')
            self._database = ""


_SETUP = "from tests.support.stack_facts import set_up; print(set_up())"


def wait_until(condition: Callable[[], Any], *, limit_s: float, what: str) -> Any:
    """The first true value of ``condition``, asked five times a second. Raises TimeoutError."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.2)
    raise TimeoutError(f"waited {limit_s} s for {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
