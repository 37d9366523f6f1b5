"""The project keeps its own conventions (CONTRIBUTING.md), and each rule can tell good from bad."""

from __future__ import annotations

import pytest

from tests.rules import conventions
from tests.rules.conventions import ROOT, RULES, Rule, Source, python_files

# Rule, path of the file, a text that breaks the rule, a text that keeps it.
SAMPLES: list[tuple[Rule, str, str, str]] = [
    (conventions.file_is_short, "a.py", "x = 1\n" * 301, "x = 1\n" * 300),
    (
        conventions.functions_are_short,
        "a.py",
        "def f():\n" + "    x = 1\n" * 60,
        "def f():\n" + "    x = 1\n" * 59,
    ),
    (conventions.package_file_is_empty, "cases/__init__.py", "from cases.a import A\n", "\n"),
    (
        conventions.package_file_is_empty,
        "cases/models/__init__.py",
        "from cases.models.case import Case\nCase.seen = True\n",
        "from cases.models.case import Case\n__all__ = ['Case']\n",
    ),
    (
        conventions.imports_stand_on_top,
        "a.py",
        "def f():\n    # because\n    import torch\n",
        "def f():\n    # heavy: two seconds\n    import torch\n",
    ),
    (
        conventions.imports_stand_on_top,
        "a.py",
        "class A:\n    def ready(self):\n        from b import c\n",
        "def f():\n    import torch  # optional: only where a GPU is\n",
    ),
    (
        conventions.no_bare_except,
        "a.py",
        "try:\n    f()\nexcept:\n    pass\n",
        "try:\n    f()\nexcept ValueError:\n    pass\n",
    ),
    (conventions.nothing_is_unfinished, "a.py", "# TO" + "DO: all\n", "# todos los casos\n"),
    (
        conventions.nothing_is_unfinished,
        "a.py",
        "def f():\n    raise NotImplementedError\n",
        "def f():\n    raise ValueError\n",
    ),
    (
        conventions.tasks_are_named_as_tasks,
        "cases/tasks.py",
        "@shared_task(time_limit=5)\ndef ingest(): ...\n",
        "@shared_task(time_limit=5)\ndef ingest_task(): ...\n",
    ),
    (
        conventions.pure_signatures_are_typed,
        "cases/dicom/a.py",
        "def f(*, facts: dict[str, Any] | None) -> None: ...\n",
        "def _f(facts: dict[str, Any]) -> None: ...\n",
    ),
    (
        conventions.pure_signatures_are_typed,
        "inference/predict/a.py",
        "def f() -> list[dict[str, Any]]: ...\n",
        "def f() -> dict[str, float]: ...\n",
    ),
    (
        conventions.torchvision_has_one_door,
        "inference/networks/detector.py",
        "from torchvision.ops import nms\n",
        "from inference.networks.vision import torchvision\n",
    ),
    (
        conventions.environment_is_read_in_settings,
        "cases/services.py",
        "import os\nx = os.environ['X']\n",
        "import os\nx = os.cpu_count()\n",
    ),
    (
        conventions.models_are_thin,
        "cases/models/case.py",
        "class Case:\n    def save(self): ...\n",
        "class Case:\n    def __str__(self): ...\n",
    ),
]


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return [Source.read(path) for path in python_files()]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_file_keeps(rule: Rule, sources: list[Source]) -> None:
    broken = [complaint for source in sources for complaint in rule(source)]
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize(
    ("rule", "path", "bad", "good"), SAMPLES, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_rule_tells_bad_from_good(rule: Rule, path: str, bad: str, good: str) -> None:
    assert list(rule(Source(path, bad)))
    assert not list(rule(Source(path, good)))


def test_every_rule_has_a_sample() -> None:
    assert {rule for rule, *_ in SAMPLES} == set(RULES)


def test_every_exception_to_the_environment_rule_is_still_needed() -> None:
    idle = [
        path
        for path in conventions.ENVIRONMENT_READERS
        if "environ" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert not idle


def test_our_own_scripts_for_the_browser_are_short() -> None:
    ours = (p for p in (ROOT / "static").rglob("*.js") if "vendor" not in p.parts)
    long = [
        path.relative_to(ROOT).as_posix()
        for path in ours
        if len(path.read_text(encoding="utf-8").splitlines()) > conventions.MAX_FILE_LINES
    ]
    assert not long
