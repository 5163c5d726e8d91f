"""The rules of the house, read from the source: where the arrows go, what is pure, how large a thing may be."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HOUSES = ("fix", "spec", "engine", "sessions")
SOURCES = sorted(path.relative_to(ROOT) for house in HOUSES for path in (ROOT / house).rglob("*.py"))
TESTS = sorted(path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> set[str]:
    """Full names of the modules a file imports, wherever in it; of ours, the module and not the package alone."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            source = str(node.module)
            found |= {f"{source}.{a.name}" for a in node.names} if within(source, *HOUSES) else {source}
    return found


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute or a name, "" of anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def ours(path: Path) -> set[str]:
    return {name for name in imported(path) if within(name, *HOUSES)}


def inside(*folders: str) -> list[Path]:
    found = [path for path in SOURCES if any(path.is_relative_to(folder) for folder in folders)]
    assert found, folders
    return found


def room(module: str) -> str:
    """`engine.routing` of `engine.routing.sweep`; a module that stands outside of rooms is one of its own."""
    return ".".join(module.split(".")[:2])


# -- (a) arrows only go down -----------------------------------------------------------------------------------------

BELOW = {"fix": ("fix",), "spec": ("fix", "spec"), "engine": ("fix", "spec", "engine"), "sessions": HOUSES}
# What each room of decisions may know besides itself and fix; `core` brings them together.
KNOWS = {
    "orders": (),
    "market": ("orders",),
    "routing": ("orders", "market"),
    "schedule": ("orders", "market", "routing"),
    "risk": ("orders", "market"),
    "core": ("orders", "market", "routing", "schedule", "risk"),
}

# Rules as data (design: engine imports fix, spec): what an order may ask for is checked where it is decided.
READS = {"core": ("spec.strategies",)}


@pytest.mark.parametrize("house", HOUSES)
def test_arrows_only_go_down(house: str) -> None:
    up = {str(path): sorted(name for name in ours(path) if not within(name, *BELOW[house])) for path in inside(house)}
    assert {path: names for path, names in up.items() if names} == {}


@pytest.mark.parametrize("name", KNOWS)
def test_a_room_of_decisions_knows_only_the_rooms_under_it(name: str) -> None:
    allowed = ["fix", f"engine.{name}", *(f"engine.{other}" for other in KNOWS[name]), *READS.get(name, ())]
    files = [path for path in SOURCES if path.is_relative_to(f"engine/{name}")]
    strangers = {str(path): sorted(m for m in ours(path) if not within(m, *allowed)) for path in files}
    assert {path: names for path, names in strangers.items() if names} == {}


@pytest.mark.parametrize("name", ["dropcopy", "compliance"])
def test_the_record_never_reaches_into_routing_or_sessions(name: str) -> None:
    files = [path for path in SOURCES if path.is_relative_to(f"engine/{name}")]
    reaches = {str(path): sorted(m for m in ours(path) if within(m, "engine.routing", "sessions")) for path in files}
    assert {path: names for path, names in reaches.items() if names} == {}


def test_no_two_rooms_need_each_other() -> None:
    needs: dict[str, set[str]] = {}
    for path in SOURCES:
        here = room(".".join(path.with_suffix("").parts))
        needs.setdefault(here, set()).update({room(name) for name in ours(path)} - {here})
    while free := {name for name, others in needs.items() if not others & needs.keys()}:
        needs = {name: others for name, others in needs.items() if name not in free}
    assert needs == {}, "these rooms go round in circles"


# -- (b) pure rooms --------------------------------------------------------------------------------------------------

PURE = ("fix", "spec", *(f"engine/{name}" for name in KNOWS))
WITHOUT_EFFECT = frozenset(
    {
        "__future__", "abc", "bisect", "collections", "collections.abc", "dataclasses", "decimal", "enum", "fractions",
        "functools", "heapq", "itertools", "math", "operator", "re", "string", "typing", *HOUSES,
    }
)  # fmt: skip
# Each with its reason.
MORE = {
    "fix/message.py": {"zlib"},  # adler32, a sum
    "fix/timestamp.py": {"calendar", "time"},  # timegm, strftime and gmtime: functions of their argument
    "engine/schedule/curve.py": {"hashlib"},  # a digest, a function of its argument
    "spec/strategies.py": {"difflib", "pydantic"},  # what a person typed into a ticket is checked like a configuration
    "spec/dictionary.py": {"lxml", "pathlib", "sys"},  # the one that reads files, where `quickfix` put them
}
EFFECTS = frozenset({"open", "print", "input", "exec", "eval", "compile", "breakpoint", "__import__"})


def test_pure_rooms_import_nothing_that_acts() -> None:
    acting = {}
    for path in inside(*(place for place in PURE if (ROOT / place).is_dir())):
        others = {name for name in imported(path) if not within(name, *HOUSES)}
        acting[str(path)] = sorted(others - WITHOUT_EFFECT - MORE.get(str(path), set()))
    assert {path: names for path, names in acting.items() if names} == {}


def test_pure_rooms_call_nothing_that_acts() -> None:
    acting = [
        f"{path}:{node.lineno} {node.func.id}"
        for path in inside(*(place for place in PURE if (ROOT / place).is_dir()))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in EFFECTS
    ]
    assert acting == []


def test_what_is_used_of_time_is_a_function_of_its_argument() -> None:
    used = {
        (dotted(node.func), len(node.args))
        for node in ast.walk(tree(Path("fix/timestamp.py")))
        if isinstance(node, ast.Call) and within(dotted(node.func), "time", "calendar")
    }
    assert used == {("time.gmtime", 1), ("time.strftime", 2), ("calendar.timegm", 1), ("calendar.monthrange", 2)}


def test_every_exception_to_purity_is_needed() -> None:
    assert {path: modules - imported(Path(path)) for path, modules in MORE.items()} == {path: set() for path in MORE}


# -- (c) time, chance and identity are arguments ---------------------------------------------------------------------

CHANCE = ("random", "secrets", "uuid")
CLOCKS = re.compile(
    r"(.*\.)?(datetime\.(now|utcnow|today)|date\.today|os\.urandom|time\.(time|time_ns|monotonic|monotonic_ns|"
    r"perf_counter|perf_counter_ns|process_time|process_time_ns|localtime|ctime|asctime|sleep))"
)


def test_nobody_but_the_shell_asks_for_the_time_or_throws_dice() -> None:
    asking = []
    for path in inside("fix", "spec", "engine"):
        asking += [f"{path} imports {name}" for name in imported(path) if within(name, *CHANCE)]
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Attribute):
                names = [dotted(node)]
            else:
                continue
            asking += [f"{path}:{node.lineno} {name}" for name in names if CLOCKS.fullmatch(name)]
    assert asking == []


# -- (d) sizes -------------------------------------------------------------------------------------------------------

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and lines of each, decorators left out."""
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            assert node.end_lineno is not None
            yield f"{path}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_functions_fit_a_screen() -> None:
    sizes = dict(size for path in [*SOURCES, *TESTS] for size in functions(path))
    assert {name: lines for name, lines in sizes.items() if lines > 70} == {}


def test_half_of_all_functions_are_shorter_than_ten_lines() -> None:
    assert statistics.median(lines for path in SOURCES for _, lines in functions(path)) < 10


def test_files_are_read_in_one_sitting() -> None:
    sizes = {str(p): len((ROOT / p).read_text(encoding="utf-8").splitlines()) for p in [*SOURCES, *TESTS]}
    assert {path: lines for path, lines in sizes.items() if lines > 400} == {}


# -- (e) tests mirror rooms ------------------------------------------------------------------------------------------

# Nothing to test in itself: `__init__.py` names a room, `__main__.py` starts what is tested by its name.
UNMIRRORED_SOURCES = {"__init__", "__main__"}
# Tests of more than one file: of the house, of a crash of the whole, over real processes and sessions; and measurements.
UNMIRRORED_TESTS = (
    "tests/test_house.py",
    "tests/sessions/test_crash.py",
    "tests/wire",
    "tests/bench",
    "tests/simulation",
)


def test_every_source_file_has_its_tests() -> None:
    wanted = {Path("tests") / p.with_name(f"test_{p.name}") for p in SOURCES if p.stem not in UNMIRRORED_SOURCES}
    assert sorted(str(path) for path in wanted - set(TESTS)) == []


def test_every_test_file_stands_beside_what_it_tests() -> None:
    """`test_core_cancels.py` is a second file of tests of `core.py`."""
    strays = []
    for path in TESTS:
        if not path.name.startswith("test_") or any(path.is_relative_to(place) for place in UNMIRRORED_TESTS):
            continue
        names = [source.stem for source in SOURCES if Path("tests") / source.parent == path.parent]
        tested = path.stem.removeprefix("test_")
        if not any(tested == name or tested.startswith(f"{name}_") for name in names):
            strays.append(str(path))
    assert strays == []


# -- (f) nothing is built at import ----------------------------------------------------------------------------------

# What may be called while a module is read: of QuickFIX nothing, of SQLAlchemy the words of a schema.
SCHEMA = frozenset({"BigInteger", "Column", "Index", "Integer", "LargeBinary", "MetaData", "String", "Table", "Text", "text", "select"})  # fmt: skip
STARTERS = frozenset(
    {
        "create_engine",
        "socket",
        "Thread",
        "Popen",
        "run",
        "open",
        "read_text",
        "read_bytes",
        "mkdir",
        "connect",
        "start",
    }
)


def called_at_import(node: ast.AST) -> Iterator[ast.Call]:
    """Calls outside of functions; decorators and defaults are evaluated at import, bodies are not."""
    if isinstance(node, Function):
        children: list[ast.AST] = [*node.decorator_list, node.args]
    elif isinstance(node, ast.Lambda):
        children = [node.args]
    else:
        children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Call):
        yield node
    for child in children:
        yield from called_at_import(child)


def names_from(path: Path, package: str) -> set[str]:
    """What a file calls things it imports from a package, the package itself included."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and within(str(node.module), package):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {(a.asname or a.name).split(".")[0] for a in node.names if within(a.name, package)}
    return found


def test_no_module_builds_anything_while_it_is_read() -> None:
    built = []
    for path in SOURCES:
        if path.name == "__main__.py":
            continue
        banned = names_from(path, "quickfix") | names_from(path, "apscheduler")
        banned |= names_from(path, "sqlalchemy") - SCHEMA
        for call in called_at_import(tree(path)):
            name = dotted(call.func)
            if name.split(".")[0] in banned or name.split(".")[-1] in STARTERS:
                built.append(f"{path}:{call.lineno} {name}")
    assert built == []


WATCH = """
import sys
seen = []
ACTS = ("socket.", "sqlite3.", "subprocess.", "os.system", "os.fork", "os.mkdir", "os.remove", "_thread.start", "tempfile.")
def watch(event, arguments):
    if event.startswith(ACTS) or (event == "open" and arguments[1] is not None and set(arguments[1]) & set("wax+")):
        seen.append(f"{event} {arguments}")
sys.addaudithook(watch)
sys.dont_write_bytecode = True
for module in sys.argv[1:]:
    __import__(module)
print("\\n".join(seen))
"""


def test_reading_every_module_touches_nothing() -> None:
    modules = [".".join(path.with_suffix("").parts) for path in SOURCES if path.stem not in UNMIRRORED_SOURCES]
    command = [sys.executable, "-c", WATCH, *modules]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout.strip(), done.stderr.strip()) == (0, "", "")


# -- (g) what nobody writes down -------------------------------------------------------------------------------------

IGNORED = [".git/", *(ROOT / ".gitignore").read_text(encoding="utf-8").split()]
# In two pieces each, so that this file may be read as well.
UNSAID = {
    "a package registry": re.compile("py" r"pi\.org|python" r"hosted\.org|npm" r"js\.|crates" r"\.io|repo1\.mav" "en"),
    "a path of somebody's machine": re.compile(r"(?<![\w.$}])/" r"(work|root|home|Users)/\w"),
    "a note to oneself": re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b"),
}


def written() -> Iterator[tuple[Path, int, str]]:
    """Every line of every text in the repository."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if not path.is_file() or any(fnmatch(f"{part}/", pattern) for part in parts for pattern in IGNORED):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        yield from ((path.relative_to(ROOT), number, line) for number, line in enumerate(text.splitlines(), start=1))


def test_nothing_names_a_registry_a_machine_or_an_unfinished_thought() -> None:
    said = [
        f"{path}:{number} names {what}"
        for path, number, line in written()
        for what, pattern in UNSAID.items()
        if pattern.search(line)
    ]
    assert said == []


# -- (h) nobody swallows what went wrong -----------------------------------------------------------------------------


def catches_all(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(dotted(node).split(".")[-1] in ("Exception", "BaseException") for node in ast.walk(handler.type))


def test_only_a_callback_catches_everything() -> None:
    """QuickFIX's callbacks must let nothing out; elsewhere who catches all cleans up and raises it again."""
    catching = [
        f"{path}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and catches_all(node)
        if not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    ]
    assert [place.split(":")[0] for place in catching] == ["sessions/gateway/callbacks.py"]


# -- the rules themselves --------------------------------------------------------------------------------------------


def test_every_room_is_a_package() -> None:
    """One without `__init__.py` would be left out of the distribution."""
    assert {str(p.parent) for p in SOURCES if not (ROOT / p.parent / "__init__.py").is_file()} == set()
