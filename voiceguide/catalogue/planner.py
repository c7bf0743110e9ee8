"""Work out the sessions of a catalogue: every combination of script, variant, voice and format, with its file names."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from voiceguide.catalogue.config.file_names import check_template, fill_template, name_identity
from voiceguide.catalogue.config.loader import CatalogueFile
from voiceguide.catalogue.config.model import ALL, DEFAULT, SessionGroup
from voiceguide.catalogue.feed import find_cover
from voiceguide.catalogue.script_facts import InputFile, ScriptFacts, looks_like_script, read_script_facts
from voiceguide.errors import Problem, ScriptError, VoiceguideError
from voiceguide.export.input_protection import file_identity
from voiceguide.export.sidecars import sidecar_path
from voiceguide.pipeline.bundled_routines import list_bundled_routines
from voiceguide.script.loader import read_script_file
from voiceguide.script.parsing.nodes import Loc, MapNode, join_or, quoted
from voiceguide.script.parsing.yaml_reader import parse_yaml
from voiceguide.script.path_lookup import kind_at
from voiceguide.system.disk_cache import Cache, digest

__all__ = ["PlannedSession", "plan_sessions"]

FEED_SIDECARS = ("vtt", "chapters_json")
"""The files that a feed refers to."""


@dataclass(frozen=True)
class PlannedSession:
    """One session of a catalogue: what it is made from, and how its files are named."""

    name: str
    """The audio file, relative to the output, with `/`. It identifies the session."""
    script: str
    """The path of the script."""
    source: str
    """The script as the catalogue names it: relative to the catalogue, or the name of a bundled routine."""
    title: str
    description: str
    language: str
    variant: str
    """A variant of the script, or an empty string for the script itself."""
    voice: str
    """A voice, or an empty string for the voices of the script."""
    format: str
    bit_rate: int | None
    """In kb/s. None for the default of the format."""
    sidecars: tuple[str, ...]
    files: tuple[InputFile, ...]
    """The script and every file named in it."""
    inputs: str = ""
    """A digest of everything that is known without reading the script. If it is unchanged, so is the session."""

    @property
    def output_files(self) -> tuple[str, ...]:
        """The files of the session, relative to the output: the audio file, then its sidecar files."""
        return (self.name, *(self.sidecar(kind) for kind in self.sidecars))

    def sidecar(self, kind: str) -> str:
        """Return the name of a sidecar file, relative to the output."""
        path = PurePosixPath(self.name)
        return str(path.with_name(sidecar_path(Path(path.name), kind).name))

    @property
    def options(self) -> dict[str, object]:
        """The overrides, as the Python API takes them."""
        given: dict[str, object] = {"variants": (self.variant,)} if self.variant else {}
        return {**given, "voice": self.voice} if self.voice else given


def plan_sessions(file: CatalogueFile, cache: Cache, environment: str) -> list[PlannedSession]:
    """Return the sessions of a catalogue, in its order.

    `environment` identifies the versions of everything that makes sound.

    Raises:
        ScriptError: A script cannot be used, a pattern matches nothing, or two files have the same name. The error
            lists every problem.
    """
    return _Planner(file, cache, environment).plan()


class _Planner:
    def __init__(self, file: CatalogueFile, cache: Cache, environment: str) -> None:
        self._file = file
        self._cache = cache
        self._environment = environment
        self._problems: list[Problem] = []
        self._facts: dict[Path, ScriptFacts | None] = {}

    def plan(self) -> list[PlannedSession]:
        catalogue = self._file.catalogue
        self._check_templates()
        self._check_output()
        if self._problems:
            raise ScriptError(self._problems)
        planned: list[tuple[Loc, PlannedSession]] = []
        for number, group in enumerate(catalogue.sessions):
            loc: Loc = ("sessions", number)
            scripts = self._scripts(group, loc)
            self._check_choices(group, loc, scripts)
            template = group.name or catalogue.name
            for facts in scripts:
                planned += ((loc, session) for session in self._sessions(group, template, facts))
        self._check_collisions(planned)
        self._check_feed([session for _, session in planned])
        if self._problems:
            raise ScriptError(self._problems)
        return [self._with_inputs(session) for _, session in planned]

    def _problem(self, loc: Loc, message: str) -> None:
        self._problems.append(self._file.problem_at(loc, message))

    def _check_templates(self) -> None:
        names: list[tuple[Loc, str | None]] = [(("name",), self._file.catalogue.name)]
        names += [(("sessions", n, "name"), group.name) for n, group in enumerate(self._file.catalogue.sessions)]
        for loc, template in names:
            if template is not None and (message := check_template(template)):
                self._problem(loc, message)

    def _check_output(self) -> None:
        folder = self._file.folder / self._file.catalogue.output
        if "://" not in self._file.catalogue.output:
            for path in (folder, *folder.parents):
                if os.path.isfile(path):
                    self._problem(("output",), f"{path} is a file. Choose a folder.")

    def _scripts(self, group: SessionGroup, loc: Loc) -> list[ScriptFacts]:
        """Return the scripts of a group that are in its languages, each once."""
        found: dict[Path, tuple[int, str]] = {}
        for number, pattern in enumerate(group.scripts):
            for path, language in self._match(pattern, group.languages, (*loc, "scripts", number)):
                found.setdefault(path, (number, language))
        scripts: list[ScriptFacts] = []
        for path, (number, language) in found.items():
            pattern_loc: Loc = (*loc, "scripts", number)
            facts = self._read(path, pattern_loc, by_pattern=glob.has_magic(group.scripts[number]))
            if facts and language and not _speaks(facts.language, language):
                self._problem(pattern_loc, self._explain_wrong_language(facts, language, group.scripts[number]))
            elif facts:
                scripts.append(facts)
        for number, tag in enumerate(group.languages):
            if scripts and not any(_speaks(facts.language, tag) for facts in scripts):
                self._problem((*loc, "languages", number), f"None of the scripts is in {tag}.")
        if not scripts and not self._problems:
            self._problem((*loc, "scripts"), "None of these files is a script.")
        tags = group.languages
        return [facts for facts in scripts if not tags or any(_speaks(facts.language, tag) for tag in tags)]

    def _explain_wrong_language(self, facts: ScriptFacts, language: str, pattern: str) -> str:
        root = parse_yaml(read_script_file(facts.path), str(facts.path)).root
        stated = isinstance(root, MapNode) and "language" in root
        says = f"says language: {facts.language}" if stated else f"has no language, which means {facts.language}"
        by_folder = "{language}" in pattern.rpartition("/")[0]
        place = f"it is in the folder {language}" if by_folder else f"its name says {language}"
        return f"{self._source(facts.path)} {says}, but {place}. Write language: {language} in it, or move it."

    def _match(self, pattern: str, languages: tuple[str, ...], loc: Loc) -> Iterator[tuple[Path, str]]:
        """Yield the scripts that match a pattern, and the language that stands for {language} in it."""
        if "{language}" in pattern and not languages:
            self._problem(loc, "{language} needs languages. Add languages: [en, de] to this entry.")
            return
        choices = languages if "{language}" in pattern else ("",)
        for language in choices:
            filled = pattern.replace("{language}", language)
            paths = self._find(filled)
            if not paths:
                self._problem(loc, self._explain_no_match(filled))
            yield from ((path, language) for path in paths)

    def _find(self, pattern: str) -> list[Path]:
        """Return the script files for a pattern, a path or the name of a bundled routine."""
        path = self._file.folder / pattern
        exists = kind_at(path) is not None
        if not glob.has_magic(pattern) or exists:
            bundled = list_bundled_routines()
            return [path] if exists else [bundled[pattern]] if pattern in bundled else []
        matches = glob.iglob(pattern, root_dir=self._file.folder, recursive=True)
        paths = (self._file.folder / match for match in sorted(matches))
        own = file_identity(self._file.path)
        return [path for path in paths if _is_yaml(path) and kind_at(path) == "file" and file_identity(path) != own]

    def _explain_no_match(self, pattern: str) -> str:
        if glob.has_magic(pattern):
            return f"No file matches {quoted(pattern)} in {self._file.folder.absolute()}. Check the pattern."
        from rapidfuzz import process

        names = list(list_bundled_routines())
        close = [match[0] for match in process.extract(Path(pattern).stem, names, limit=3, score_cutoff=60)]
        hint = f" Did you mean {join_or([quoted(name) for name in close])}?" if close else " Check its name."
        return f"No file or bundled routine named {quoted(pattern)}.{hint}"

    def _read(self, path: Path, loc: Loc, by_pattern: bool) -> ScriptFacts | None:
        """Return the facts of a script, or None if it has problems or, found by a pattern, is another kind of file."""
        if path not in self._facts:
            self._facts[path] = None
            try:
                self._facts[path] = read_script_facts(path, self._cache)
            except ScriptError as error:
                if not by_pattern or looks_like_script(path):
                    self._problems += error.problems
            except VoiceguideError as error:
                self._problem(loc, str(error))
        return self._facts[path]

    def _check_choices(self, group: SessionGroup, loc: Loc, scripts: list[ScriptFacts]) -> None:
        """Report variants and formats that lead to nothing."""
        known = sorted({name for facts in scripts for name in facts.variants})
        for number, variant in enumerate(group.variants):
            if scripts and variant not in (DEFAULT, ALL, *known):
                available = f"Variants: {', '.join([DEFAULT, ALL, *known])}."
                self._problem((*loc, "variants", number), f"None of the scripts has this variant. {available}")
        for number, choice in enumerate(group.formats):
            if choice.bitrate and choice.format in ("flac", "wav"):
                self._problem((*loc, "formats", number), f"{choice.format} has no bit rate. Remove bitrate.")

    def _sessions(self, group: SessionGroup, template: str, facts: ScriptFacts) -> Iterator[PlannedSession]:
        sidecars = tuple(dict.fromkeys((*group.sidecars, *(FEED_SIDECARS if self._file.catalogue.feed else ()))))
        for variant in _chosen_variants(group.variants, facts.variants):
            for voice in group.voices:
                with_sidecars: set[str] = set()
                for choice in group.formats:
                    values = {
                        "script": facts.path.stem, "title": facts.title, "language": facts.language,
                        "variant": variant, "voice": "" if voice == DEFAULT else voice,
                        "format": choice.format, "bitrate": str(choice.bitrate or ""),
                    }  # fmt: skip
                    stem = fill_template(template, values)
                    yield PlannedSession(
                        name=f"{stem}.{choice.format}",
                        script=str(facts.path),
                        source=self._source(facts.path),
                        title=facts.title,
                        description=facts.description,
                        language=facts.language,
                        variant=variant,
                        voice=values["voice"],
                        format=choice.format,
                        bit_rate=choice.bitrate,
                        # files of one name in several formats share their sidecar files
                        sidecars=() if stem in with_sidecars else sidecars,
                        files=facts.files,
                    )
                    with_sidecars.add(stem)

    def _source(self, script: Path) -> str:
        if list_bundled_routines().get(script.stem) == script:
            return script.stem
        return os.path.relpath(script, self._file.folder).replace(os.sep, "/")

    def _check_collisions(self, planned: Iterable[tuple[Loc, PlannedSession]]) -> None:
        """Report every file that two sessions would write, and every file that is also an input."""
        local = "://" not in self._file.catalogue.output
        folder = self._file.folder / self._file.catalogue.output
        inputs = {file_identity(Path(file.path)) for facts in self._facts.values() if facts for file in facts.files}
        owners: dict[str, tuple[Loc, PlannedSession, str]] = {}
        for loc, session in planned:
            for name in session.output_files:
                if local and file_identity(folder / name) in inputs:
                    self._problem(loc, f"{name} is an input of this catalogue. Choose another output or name.")
                owner_loc, owner, owner_name = owners.setdefault(name_identity(name), (loc, session, name))
                if owner is not session:
                    own_name = owner_loc != loc and self._has_own_name(owner_loc, loc)
                    self._problem(
                        loc, _explain_collision((owner_name, name), owner, session, owner_loc != loc, own_name)
                    )
                    break

    def _has_own_name(self, *locs: Loc) -> bool:
        """Return whether one of these entries has a `name`."""
        return any(self._file.catalogue.sessions[int(loc[1])].name for loc in locs)

    def _check_feed(self, sessions: list[PlannedSession]) -> None:
        """Report a cover that cannot be used, and a language or a format that leaves no episode."""
        feed = self._file.catalogue.feed
        try:
            find_cover(self._file)
        except ScriptError as error:
            self._problems += error.problems
        if feed is None or self._problems:
            return
        if feed.language:
            sessions = [session for session in sessions if _speaks(session.language, feed.language)]
            if not sessions:
                self._problem(("feed", "language"), f"The feed would be empty: no session is in {feed.language}.")
                return
        if wanted := feed.format:
            fits = (
                session.format == wanted.format and wanted.bitrate in (None, session.bit_rate) for session in sessions
            )
            if not any(fits):
                rate = f" with {wanted.bitrate} kb/s" if wanted.bitrate else ""
                self._problem(("feed", "format"), f"The feed would be empty: no session is {wanted.format}{rate}.")

    def _with_inputs(self, session: PlannedSession) -> PlannedSession:
        base = os.path.dirname(session.script)
        files = (f"{os.path.relpath(file.path, base)} {file.sha256}" for file in session.files)
        settings = (session.variant, session.voice, session.format, str(session.bit_rate), *session.sidecars)
        return replace(session, inputs=digest(self._environment, "settings", *settings, "files", *files))


def _is_yaml(path: Path) -> bool:
    """Return whether a pattern may mean this file: not what a run has put next to the scripts."""
    return path.suffix.lower() in (".yaml", ".yml")


def _chosen_variants(wanted: tuple[str, ...], available: tuple[str, ...]) -> list[str]:
    """Return the variants to build, of those that a script has. The script itself is an empty string."""
    chosen: dict[str, None] = {}
    for name in wanted:
        names = ("", *available) if name == ALL else ("",) if name == DEFAULT else (name,)
        chosen |= dict.fromkeys(each for each in names if each == "" or each in available)
    return list(chosen)


def _speaks(language: str, wanted: str) -> bool:
    """Return whether a language is the wanted one or one of its regions: de-CH is de."""
    return language.lower() == wanted.lower() or language.lower().startswith(f"{wanted.lower()}-")


def _explain_collision(
    names: tuple[str, str], first: PlannedSession, second: PlannedSession, two_entries: bool, own_name: bool
) -> str:
    scripts = f"{first.script} and {second.script}" if first.script != second.script else first.script
    if names[0] != names[1]:
        return (
            f'"{names[0]}" and "{names[1]}" differ only in capital letters, and many disks take them for one file '
            f"({scripts}). Rename one of them."
        )
    differing = [
        placeholder
        for placeholder, a, b in (
            ("variant", first.variant, second.variant),
            ("voice", first.voice, second.voice),
            ("format", first.format, second.format),
            ("bitrate", first.bit_rate, second.bit_rate),
            ("language", first.language, second.language),
            ("script", Path(first.script).stem, Path(second.script).stem),
            ("title", first.title, second.title),
        )
        if a != b
    ]
    if own_name and differing:
        advice = "Two entries give them this name. Change the name of one entry."
    elif differing:
        advice = f"Add {{{differing[0]}}} to name."
    else:
        advice = "Remove one of them, or give one a name of its own."
        if two_entries and first.script == second.script:
            return f'{first.source} is listed twice, and both times it would be named "{names[0]}". {advice}'
    return f'Two sessions would be named "{names[0]}" ({scripts}). {advice}'
