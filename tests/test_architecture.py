"""The structure, read from the imports: one direction, no circle, files that fit a few screens."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("publisher", "deploys", "buildhub", "sandbox")
LONGEST_FILE = 300
LONGEST_FUNCTION = 40

# Each layer may import itself and the layers before it. The longest prefix that fits decides.
LAYERS = (
    ("publisher",),
    ("deploys.gitlab",),
    ("deploys.content.diff",),
    ("deploys.content.sources",),
    ("deploys.lifecycle",),
    ("deploys.models", "deploys.migrations"),
    (
        "deploys.transitions",
        "deploys.audit",
        "deploys.tokens",
        "deploys.wake",
        "deploys.outbox",
        "deploys.ticking",
        "deploys.log_context",
        "deploys.gitlab.connect",
        "deploys.content.connect",
        "deploys.retention",
        "deploys.from_environment",
        "deploys.group_map",
        "deploys.checks",
        "deploys.apps",
    ),
    ("deploys.content",),
    ("deploys.releases",),
    ("deploys.builds",),
    ("deploys.schedules",),
    ("deploys.setup",),
    ("deploys.doctor",),
    ("deploys.portable",),
    # Messages say the words of the pages, and the pages show messages; so do letters. No module is in a circle.
    (
        "deploys.web",
        "deploys.api",
        "deploys.templatetags",
        "deploys.notifications",
        "deploys.people",
        "deploys.support",
    ),
    ("deploys.management",),
)
LEAVES = ("publisher", "deploys.gitlab", "deploys.lifecycle", "deploys.content.diff", "deploys.content.sources")
OUTSIDE = {"buildhub": ("buildhub", "deploys"), "sandbox": ("sandbox", "deploys.models", "buildhub.up.paths")}


@cache
def modules() -> dict[str, Path]:
    """Every module of the product by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "repository" in parts:  # the demo's own repository: another project's code
                continue
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(name: str) -> frozenset[str]:
    """The modules of the product that this one imports when it runs (not those for type checking only)."""
    tree = ast.parse(modules()[name].read_text(encoding="utf-8"))
    guarded = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in guarded:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    known = modules()
    direct = {module for module in found if module in known}
    # `from package import module` needs the module, not what else the package's own file imports.
    return frozenset(
        module for module in direct if not any(other.startswith(f"{module}.") for other in direct) and module != name
    )


def layer(name: str) -> int | None:
    """The number of the module's layer; None outside the layered part."""
    fitting = [
        (len(prefix), number)
        for number, prefixes in enumerate(LAYERS)
        for prefix in prefixes
        if name == prefix or name.startswith(f"{prefix}.")
    ]
    return max(fitting)[1] if fitting else None


def layered() -> list[str]:
    """The modules that have a place in the direction."""
    return sorted(name for name in modules() if layer(name) is not None)


@pytest.mark.parametrize("name", layered())
def test_imports_go_one_way(name: str) -> None:
    """A module imports its own layer and the ones before it; the two leaves of one row do not know each other."""
    own = layer(name)
    for imported in imports(name):
        if name == "deploys.management.commands.up" and imported.startswith("buildhub.up"):
            continue  # the command is only the supervisor's door
        assert not imported.startswith(("buildhub", "sandbox", "tests")), f"{name} imports {imported}"
        place = layer(imported)
        assert place is None or place <= (own or 0), f"{name} imports {imported}"


@pytest.mark.parametrize("leaf", LEAVES)
def test_leaves_import_nothing_of_the_rest(leaf: str) -> None:
    """They could be packages of their own; connect.py alone knows models."""
    for name in modules():
        if name == "deploys.gitlab.connect" or not (name == leaf or name.startswith(f"{leaf}.")):
            continue
        strangers = {one for one in imports(name) if not one.startswith(leaf)}
        assert not strangers, f"{name} imports {strangers}"


@pytest.mark.parametrize("package", OUTSIDE)
def test_the_outer_packages_know_only_what_they_may(package: str) -> None:
    """The wiring does not know the sandbox; the sandbox knows the models for its demo scene and nothing else."""
    for name in modules():
        if name.split(".")[0] == package:
            strangers = {one for one in imports(name) if not one.startswith(OUTSIDE[package])}
            assert not strangers, f"{name} imports {strangers}"


def test_there_is_no_circle() -> None:
    """Following imports never leads back to where it began."""
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " → ".join((*way[way.index(name) :], name))
        if name in done:
            return
        for imported in sorted(imports(name)):
            visit(imported, (*way, name))
        done.add(name)

    for name in sorted(modules()):
        visit(name, ())


def test_only_transitions_write_a_state() -> None:
    """No other module assigns `.state` or updates it."""
    for name, path in modules().items():
        if not name.startswith("deploys.") or name == "deploys.transitions" or "migrations" in name:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign):
                targets = [ast.unparse(target) for target in node.targets]
                assert not any(target.endswith("build.state") for target in targets), f"{name} assigns a state"
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".update"):
                assert "state" not in {keyword.arg for keyword in node.keywords}, f"{name} updates a state"


@pytest.mark.parametrize("name", sorted(modules()))
def test_files_and_functions_fit_their_budget(name: str) -> None:
    """A file of more than 300 lines or a function of more than 40 is split in the same change."""
    text = modules()[name].read_text(encoding="utf-8")
    if ".migrations" in name:
        return
    assert len(text.splitlines()) <= LONGEST_FILE, f"{name} has {len(text.splitlines())} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{name}.{node.name} has {length} lines"
