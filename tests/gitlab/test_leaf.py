"""The GitLab client is a leaf of the import tree."""

import ast
import sys
from pathlib import Path

import pytest

import deploys.gitlab

PACKAGE = Path(deploys.gitlab.__file__).parent
# connect.py is the one door between the leaf and the rest: it reads models and settings.
FILES = sorted(path for path in PACKAGE.glob("*.py") if path.name != "connect.py")


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            found.add(node.module or "")
    return found


def is_allowed(module: str) -> bool:
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top == "httpx" or f"{module}.".startswith("deploys.gitlab.")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_imports_only_the_standard_library_httpx_and_itself(path: Path) -> None:
    """No file of the client imports Django or any other part of deploys."""
    assert {module for module in imported_modules(path) if not is_allowed(module)} == set()


def test_the_package_itself_imports_no_connect() -> None:
    """Importing the client does not pull in the part that knows models."""
    importing = {path.name for path in FILES if "deploys.gitlab.connect" in imported_modules(path)}
    assert importing == set()
