"""The order of the rooms: a module imports only from its own room and from rooms before it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import voiceguide

ROOT = Path(voiceguide.__file__).parent
ORDER = [
    "languages",
    "errors",
    "units",
    "builtin_names",
    "seeded_generator",
    "system",
    "script.parsing",
    "script.model",
    "script.rules",
    "script",
    "script.editing.layout",
    "script.editing",
    "drafting.text",
    "drafting.formats",
    "drafting.formats.timed",
    "drafting.formats.documents",
    "drafting",
    "timeline",
    "timeline.arrangement",
    "timeline.scheduling",
    "speech.text_normalization",
    "speech.phrases",
    "speech.engines",
    "speech.engines.hibari",
    "speech.engines.kokoro",
    "speech.engines.pico",
    "speech.engines.piper",
    "speech.engines.command",
    "speech.engines.pyttsx3",
    "speech",
    "audio",
    "audio.chimes",
    "audio.beds",
    "audio.beds.music",
    "audio.mixer",
    "metadata",
    "encode",
    "verification",
    "export",
    "pipeline",
    "phone",
    "api",
    "catalogue.config",
    "catalogue",
    "player",
    "web.services",
    "web",
    "web.studio",
    "cli",
    "cli.commands",
]
"""From the bottom to the top. `cli/main.py` loads the commands by name."""
MAX_FILES = 12
LARGER = {"cli.commands": 20, "languages": 60}
"""One file a command, one file a language: the list is the documentation."""


def modules() -> dict[str, Path]:
    """Every module by its name below `voiceguide`; a package goes by its own name."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports_of(name: str) -> Iterator[str]:
    """The modules of ours that a module imports anywhere, for type checking too."""
    for node in ast.walk(ast.parse(MODULES[name].read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "voiceguide":
            base = node.module.partition(".")[2]
            for alias in node.names:
                inside = f"{base}.{alias.name}".lstrip(".")
                yield inside if inside in MODULES else base
        elif isinstance(node, ast.Import):
            yield from (
                alias.name.partition(".")[2] for alias in node.names if alias.name.split(".")[0] == "voiceguide"
            )


def room_of(name: str) -> str | None:
    """The innermost room of ORDER in which a module lies; None for `voiceguide` itself and `__main__`."""
    while name and name not in ORDER:
        name = name.rpartition(".")[0]
    return name or None


def test_every_module_lies_in_a_room_of_the_order() -> None:
    assert [name for name in MODULES if name not in ("", "__main__") and room_of(name) is None] == []
    assert [room for room in ORDER if room not in MODULES] == []


def test_a_module_imports_only_from_the_rooms_before_it() -> None:
    rank = {room: number for number, room in enumerate(ORDER)}
    broken = [
        f"voiceguide.{name} imports voiceguide.{other}, but {room_of(other)} comes after {room_of(name)}"
        for name in MODULES
        if (own := room_of(name)) is not None
        for other in imports_of(name)
        if (room := room_of(other)) is not None and rank[room] > rank[own]
    ]
    assert broken == []


def test_the_documentation_lists_the_rooms_in_this_order() -> None:
    docs = ROOT.parent / "docs"
    order = list(dict.fromkeys(room.partition(".")[0] for room in ORDER))
    chain = re.search(r"`(languages → .*)`", (docs / "design.md").read_text("utf-8"))
    assert chain is not None
    assert re.split(r" → | ", chain[1]) == order
    table = (docs / "contributing.md").read_text("utf-8").partition("| folder or module |")[2].partition("\n\n")[0]
    cells = [row.split(" | ")[0] for row in table.splitlines() if row.startswith("| `")]
    named = [name.removesuffix("/").removesuffix(".py") for name in re.findall(r"`([\w./]+)`", " ".join(cells))]
    assert [name for name in named if "/" not in name] == order


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: {other for other in imports_of(name) if other and other != name} for name in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError("A circle of imports: " + " <- ".join(error.args[1])) from error


def test_no_room_is_too_full_to_take_in_at_a_glance() -> None:
    files: dict[str, int] = {}
    for name, path in MODULES.items():
        if path.name != "__init__.py":
            room = name.rpartition(".")[0]
            files[room] = files.get(room, 0) + 1
    assert {room: count for room, count in files.items() if count > LARGER.get(room, MAX_FILES)} == {}


def test_no_path_of_the_user_is_looked_up_with_a_method_that_raises_an_error() -> None:
    """Path.exists and similar methods raise an OSError for a name that is too long and for a folder that is closed."""
    rooms = ("cli", "pipeline", "catalogue")
    raising = re.compile(r"\.(?:exists|is_file|is_dir|is_symlink)\(\)")
    found = [
        name for name, path in MODULES.items() if name.startswith(rooms) and raising.search(path.read_text("utf-8"))
    ]
    assert found == [], "Use kind_at, or a function of os.path."
