"""The conventions that no linter has a rule for: functions from one source file to complaints."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("annotations", "cases", "cxrportal", "inference", "patients", "scripts", "tests")
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60
PURE = (
    "annotations/exports/",
    "annotations/imports/",
    "cases/dicom/",
    "cases/reports/",
    "inference/evaluation/",
    "inference/networks/",
    "inference/phantoms/",
    "inference/predict/",
    "inference/training/",
)
TORCHVISION_DOOR = "inference/networks/vision.py"
# Who else may look at the environment, and what for.
ENVIRONMENT_READERS = {
    "manage.py": "names the settings module",
    "cxrportal/asgi.py": "names the settings module",
    "cxrportal/celery.py": "names the settings module",
    "cxrportal/wsgi.py": "names the settings module",
}
ENVIRONMENT_READING_FOLDERS = ("cxrportal/settings/", "scripts/", "tests/")
INNER_IMPORT_REASON = re.compile(r"#\s*(heavy|optional):\s*\S")
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
ANY_DICT = re.compile(r"\b(dict|Mapping|MutableMapping)\[str, Any\]")


@dataclass(frozen=True)
class Source:
    """One Python file: its path below the root, with forward slashes, and its text."""

    path: str
    text: str = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Source:
        return cls(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(ast.parse(self.text, self.path)))

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (n for n in self.nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))

    def says(self, node: ast.expr | ast.stmt, what: str) -> str:
        return f"{self.path}:{node.lineno}: {what}"


Rule = Callable[[Source], Iterator[str]]


def python_files() -> list[Path]:
    """Every Python file of ours; migrations are written by Django."""
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return [ROOT / "manage.py", *sorted(p for p in found if "migrations" not in p.parts)]


def file_is_short(source: Source) -> Iterator[str]:
    if len(source.lines) > MAX_FILE_LINES:
        yield f"{source.path}: {len(source.lines)} lines, at most {MAX_FILE_LINES}"


def functions_are_short(source: Source) -> Iterator[str]:
    for function in source.functions:
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > MAX_FUNCTION_LINES:
            yield source.says(
                function, f"{function.name} has {length} lines, at most {MAX_FUNCTION_LINES}"
            )


def package_file_is_empty(source: Source) -> Iterator[str]:
    """Only a models package gathers its classes, since Django looks for them there."""
    if not source.path.endswith("__init__.py") or not source.text.strip():
        return
    gathers = source.path.endswith("/models/__init__.py")
    for node in ast.parse(source.text).body:
        is_list = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not gathers or not (isinstance(node, ast.ImportFrom) or is_list or is_text):
            yield source.says(node, "code in a package file, which stays empty")


def imports_stand_on_top(source: Source) -> Iterator[str]:
    """Inside a function only with its reason, on the line or the one above: ``# heavy: why``.

    ``AppConfig.ready`` is where Django wants imports that need the loaded apps.
    """
    for function in source.functions:
        if function.name == "ready" and source.path.endswith("apps.py"):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom) and not _has_reason(source, node):
                yield source.says(
                    node, "import inside a function without '# heavy:' or '# optional:'"
                )


def _has_reason(source: Source, node: ast.Import | ast.ImportFrom) -> bool:
    first = max(node.lineno - 2, 0)
    near = source.lines[first : node.end_lineno]
    return any(INNER_IMPORT_REASON.search(line) for line in near)


def no_bare_except(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield f"{source.path}:{node.lineno}: bare except"


def nothing_is_unfinished(source: Source) -> Iterator[str]:
    for number, line in enumerate(source.lines, start=1):
        if UNFINISHED.search(line):
            yield f"{source.path}:{number}: unfinished: {line.strip()}"
    for node in source.nodes:
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.dump(node):
            yield source.says(node, "raises NotImplementedError")


def tasks_are_named_as_tasks(source: Source) -> Iterator[str]:
    for function in source.functions:
        marks = [ast.unparse(decorator) for decorator in function.decorator_list]
        is_task = any(re.search(r"\b(shared_task|app\.task)\b", mark) for mark in marks)
        if is_task and not function.name.endswith("_task"):
            yield source.says(function, f"task {function.name} does not end in _task")


def pure_signatures_are_typed(source: Source) -> Iterator[str]:
    if not source.path.startswith(PURE):
        return
    for function in source.functions:
        arguments = function.args
        every = [
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            *filter(None, (arguments.vararg, arguments.kwarg)),
        ]
        hints = [a.annotation for a in every if a.annotation]
        hints += [function.returns] if function.returns else []
        is_public = not function.name.startswith("_")
        if is_public and any(ANY_DICT.search(ast.unparse(hint)) for hint in hints):
            yield source.says(function, f"{function.name} passes an untyped dictionary")


def torchvision_has_one_door(source: Source) -> Iterator[str]:
    if source.path == TORCHVISION_DOOR:
        return
    for node in source.nodes:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        if isinstance(node, ast.stmt) and any(n.split(".")[0] == "torchvision" for n in names):
            yield source.says(node, f"import torchvision from {TORCHVISION_DOOR}")


def environment_is_read_in_settings(source: Source) -> Iterator[str]:
    if source.path in ENVIRONMENT_READERS or source.path.startswith(ENVIRONMENT_READING_FOLDERS):
        return
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv"):
            yield source.says(node, "reads the environment outside the settings")
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            names = {alias.name for alias in node.names}
            if names & {"environ", "getenv"}:
                yield source.says(node, "reads the environment outside the settings")


def models_are_thin(source: Source) -> Iterator[str]:
    parts = source.path.split("/")
    if "models" not in parts and parts[-1] != "models.py":
        return
    for node in source.nodes:
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name == "save":
                    yield source.says(item, f"{node.name}.save is overridden; a service writes")


RULES: tuple[Rule, ...] = (
    file_is_short,
    functions_are_short,
    package_file_is_empty,
    imports_stand_on_top,
    no_bare_except,
    nothing_is_unfinished,
    tasks_are_named_as_tasks,
    pure_signatures_are_typed,
    torchvision_has_one_door,
    environment_is_read_in_settings,
    models_are_thin,
)
