"""The layers: which folder may import which, what each may see, and size budgets."""

import ast
import importlib
import inspect
import re
import shutil
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from packaging.requirements import Requirement

from app.serving import compatibility

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"
FILES = sorted(APP.rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_VIEW = 200, 25, 10
LISTS = {"models.py": 300}  # files without logic may be longer

# Nothing imports a folder above its own; folders of one line do not import each other.
RANKS = [
    {"version", "errors"},
    {"settings"},
    {"storage"},
    {"core"},
    {"describe"},
    {"web"},
    {"pages", "zipline", "clerk"},
    {"openapi", "operations", "log"},
    {"cli"},
    {"app"},
]
EDGES = {"pages", "zipline", "clerk"}
# They stand beside the others, and nothing of ours imports them or is imported by them.
BESIDE = {"serving", "server"}

# The private or undocumented names of dependencies that we lean on. Each dependency has
# a version ceiling.
PRIVATE: dict[str, dict[str, tuple[str, ...]]] = {
    "flask-login": {
        "flask_login.LoginManager": ("_load_user", "_update_request_context_with_user"),
    },
    "peewee": {
        "peewee.PostgresqlDatabase": ("_close", "_connect", "_lock"),
    },
    "psycopg": {"psycopg.Connection": ("wait",)},
    "gunicorn": {
        owner: (*methods, *compatibility.ATTRIBUTES.get(owner, ()))
        for owner, methods in compatibility.METHODS.items()
    },
}
DOCUMENTED = {
    *("_asdict", "_fields", "_make", "_replace"),  # of named tuples
    "_meta",  # of peewee's models
    "_get_current_object",  # of werkzeug's proxies
}


class Import(NamedTuple):
    """A file's import of a module, or of a name of one."""

    importer: str
    imported: str

    def __str__(self) -> str:
        return f"{self.importer} -> {self.imported}"


def name_of(path: Path, root: Path = ROOT) -> str:
    """Return the dotted name of a module."""
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def folder_of(module: str) -> str:
    """Return the folder of app/, or the file beside them, that a module belongs to."""
    return module.split(".")[1] if "." in module else module


def imports(root: Path = ROOT) -> Iterator[Import]:
    """Return every import below app/, inside functions too."""
    for path in sorted((root / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(name_of(path, root), alias.name)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield Import(name_of(path, root), f"{node.module}.{alias.name}")


def rank(module: str) -> int:
    """Return how far up a module stands; the bottom is 0."""
    folder = folder_of(module)
    return next(number for number, row in enumerate(RANKS) if folder in row)


def violations(root: Path = ROOT) -> list[str]:
    """Return every import of ours that goes up, or across."""
    found = []
    for each in imports(root):
        importer, imported = folder_of(each.importer), folder_of(each.imported)
        if not each.imported.startswith("app.") or importer == imported:
            continue
        if importer in BESIDE or imported in BESIDE:
            if {importer, imported} != {"server", "serving"}:
                found.append(str(each))
        elif rank(each.imported) >= rank(each.importer):
            found.append(str(each))
    return found


def importing(*modules: str, root: Path = ROOT) -> list[Import]:
    """Return the imports of these modules, or of names of theirs."""
    return [
        each
        for each in imports(root)
        if any(f"{each.imported}.".startswith(f"{module}.") for module in modules)
    ]


def beyond_the_records(root: Path = ROOT) -> list[str]:
    """Return the imports by which an edge sees more of the storage than its records."""
    return [
        str(each)
        for each in importing("app.storage", "peewee", "playhouse", root=root)
        if folder_of(each.importer) in EDGES
        and not each.imported.startswith("app.storage.records.")
    ]


def test_every_folder_has_its_rank() -> None:
    folders = {folder_of(name_of(path)) for path in FILES} - BESIDE
    assert folders <= set().union(*RANKS)


def test_nothing_imports_a_folder_above_its_own_and_edges_do_not_import_each_other() -> None:
    assert violations() == []


def test_edges_see_records_only() -> None:
    assert beyond_the_records() == []


def test_the_plumbing_names_no_edge() -> None:
    for path in (APP / "web").glob("*.py"):
        code = ast.unparse(ast.parse(path.read_text()))
        assert not re.search(r"zipline|clerk|account/api", code, re.IGNORECASE), path.name


def test_the_core_knows_no_web_framework() -> None:
    found = importing("flask", "flask_login", "werkzeug", "marshmallow", "gunicorn")
    assert [str(each) for each in found if folder_of(each.importer) in ("core", "storage")] == []


def test_only_the_relying_party_imports_webauthn() -> None:
    importers = {each.importer for each in importing("webauthn")}
    assert importers == {"app.core.webauthn.relying_party"}


def test_the_core_is_flat_but_for_two_folders() -> None:
    folders = {path.name for path in (APP / "core").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} <= {"webauthn", "mfa"}


def test_nothing_imports_a_module_by_a_name_that_shadows_the_package() -> None:
    plain = [each for each in imports() if each.imported.startswith("app.")]
    bare = [
        name_of(path)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import)
        and any(alias.name.split(".")[0] == "app" for alias in node.names)
    ]
    assert plain
    assert bare == []


PLANTED = {
    "a dialect in the plumbing": ("app/web/csrf.py", "from app.zipline import errors"),
    "one edge in another": ("app/clerk/me.py", "from app.zipline import objects"),
    "our pages in a dialect": ("app/zipline/mfa.py", "from app.pages import objects"),
    "a table in an edge": ("app/clerk/me.py", "from app.storage.models import User"),
    "a statement in an edge": ("app/pages/objects.py", "from app.storage import statements"),
    "the web in the core": ("app/core/throttle.py", "from app.web import context"),
    "the core in the storage": ("app/storage/models.py", "from app.core import clock"),
    "the app in the server": ("app/serving/worker.py", "from app.settings import Settings"),
    "the server in the app": ("app/core/passwords.py", "from app.serving import config"),
    "inside a function": ("app/web/ops.py", "def f():\n    from app.cli import users"),
}


@pytest.mark.parametrize(
    "planted", [name for name, (file, _) in PLANTED.items() if (ROOT / file).exists()]
)
def test_a_violation_that_is_planted_is_found(tmp_path: Path, planted: str) -> None:
    shutil.copytree(APP, tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    file, line = PLANTED[planted]
    with (tmp_path / file).open("a") as target:
        target.write(f"\n{line}\n")
    assert len(violations(tmp_path) + beyond_the_records(tmp_path)) >= 1


def requirement(name: str) -> Requirement:
    """Return what setup.cfg asks of a dependency."""
    parser = ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg")
    every = [parser["options"]["install_requires"], *parser["options.extras_require"].values()]
    listed = [Requirement(line) for lines in every for line in lines.split("\n") if line]
    return next(each for each in listed if each.name == name)


def load(dotted: str) -> Any:
    """Return a class by its dotted name."""
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("name", PRIVATE)
def test_a_dependency_whose_private_names_we_use_has_a_ceiling(name: str) -> None:
    assert "<" in {each.operator for each in requirement(name).specifier}


@pytest.mark.parametrize("dotted", [each for names in PRIVATE.values() for each in names])
def test_the_private_names_that_we_use_are_there(dotted: str) -> None:
    owner = load(dotted)
    [wanted] = [names[dotted] for names in PRIVATE.values() if dotted in names]
    for name in wanted:
        assert hasattr(owner, name) or re.search(rf"self\.{name}\b", source(owner)), name


def source(owner: type) -> str:
    """Return the source of a class and of what it inherits."""
    sources = [kind for kind in owner.__mro__ if kind.__module__ != "builtins"]
    return "\n".join(map(inspect.getsource, sources))


def test_no_other_private_name_of_a_dependency_is_used() -> None:
    listed = {name for owners in PRIVATE.values() for names in owners.values() for name in names}
    for path in FILES:
        tree = ast.parse(path.read_text())
        own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        own |= {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and re.match(r"_[a-z]", node.attr):
                known = own | listed | DOCUMENTED
                assert node.attr in known, f"{name_of(path)} uses {ast.unparse(node)}"


def test_no_other_private_method_of_a_dependency_is_overridden() -> None:
    listed = {name for owners in PRIVATE.values() for names in owners.values() for name in names}
    for path in FILES:
        if "migrations" in path.parts or "server" in path.stem:
            continue
        module = importlib.import_module(name_of(path))
        for kind in vars(module).values():
            if inspect.isclass(kind) and kind.__module__ == module.__name__:
                roots = {base: base.__module__.partition(".")[0] for base in kind.__mro__}
                ours = {"app", *sys.stdlib_module_names}
                foreign = [base for base, root in roots.items() if root not in ours]
                private = [name for name in vars(kind) if re.match(r"_[a-z]", name)]
                names = [name for name in private if inspect.isfunction(vars(kind)[name])]
                for name in names:
                    overrides = any(name in vars(base) for base in foreign)
                    assert not overrides or name in listed | DOCUMENTED, f"{kind}.{name}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LISTS.get(path.name, LONGEST_FILE)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_function_is_short_and_a_module_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "the module has no docstring"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and "migrations" not in path.parts:
            assert lines_of(node) <= LONGEST_FUNCTION, f"{node.name} has {lines_of(node)} lines"


def lines_of(node: ast.FunctionDef) -> int:
    """Return the number of a function's lines, without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


VIEWS = [path for edge in sorted(EDGES) for path in sorted((APP / edge).glob("*.py"))]


@pytest.mark.parametrize("path", VIEWS, ids=name_of)
def test_a_view_is_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.FunctionDef):
            continue
        decorators = [ast.unparse(each) for each in node.decorator_list]
        if any(re.match(r"(zipline|clerk|pages|account)\.", each) for each in decorators):
            *_, last = node.body
            lists = isinstance(last, ast.Return) and isinstance(last.value, ast.Dict)
            # One that only lists what it answers may be as long as that.
            assert lines_of(node) <= LONGEST_VIEW or (lists and len(node.body) == 2), node.name


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_what_is_public_has_a_docstring_in_plain_english(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            said = ast.get_docstring(node) or ""
            assert not re.match(r"(Give|Gives|Say|Says|Tell|Tells)\b", said), f"{node.name}: {said}"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node) or "migrations" in path.parts, node.name
