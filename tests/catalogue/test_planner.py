"""The sessions of a catalogue and the names of their files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.catalogue.catalogues import prepared, write_scripts
from tests.support.long_forms import long
from voiceguide.catalogue.config.file_names import PLACEHOLDERS, check_template, fill_template, name_identity
from voiceguide.errors import ScriptError


def names(folder: Path, text: str, output: str = "out") -> list[str]:
    path = folder / "c.yaml"
    path.write_text(f"catalogue: 1\noutput: {output}\n{text}")
    return [each.session.name for each in prepared(path).pending]


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ScriptError) as caught:
        names(folder, text)
    return [str(problem).removeprefix(f"{folder}/c.yaml:") for problem in caught.value.problems]


def test_every_combination_gets_a_name(tmp_path: Path) -> None:
    write_scripts(tmp_path, "evening", "morning")
    text = "sessions:\n  - scripts: [routines/*.yaml]\n    variants: [all]\n    voices: [default, heart]"
    assert names(tmp_path, text) == [
        "evening.mp3", "evening-heart.mp3", "evening-short.mp3", "evening-short-heart.mp3",
        "morning.mp3", "morning-heart.mp3", "morning-short.mp3", "morning-short-heart.mp3",
    ]  # fmt: skip


def test_a_script_without_the_variant_is_left_out(tmp_path: Path) -> None:
    write_scripts(tmp_path, "evening", "morning")
    morning = tmp_path / "routines/morning.yaml"
    morning.write_text(morning.read_text().replace("short:", "brief:"))
    assert names(tmp_path, "sessions: [{scripts: [routines/*.yaml], variants: [short]}]") == ["evening-short.mp3"]


def test_scripts_by_language(tmp_path: Path) -> None:
    for language in ("en", "de"):
        (tmp_path / language).mkdir()
        write_scripts(tmp_path / language, "evening")
        script = tmp_path / language / "routines/evening.yaml"
        script.write_text(script.read_text() + f"language: {language}\n")
    text = 'name: "{language}/{title}"\nsessions: [{scripts: ["{language}/routines/*.yaml"], languages: [en, de]}]'
    assert names(tmp_path, text) == ["en/Evening.mp3", "de/Evening.mp3"]
    assert names(tmp_path, "sessions: [{scripts: ['*/routines/*.yaml'], languages: [de]}]") == ["evening.mp3"]


def test_formats_share_the_sidecar_files(tmp_path: Path) -> None:
    write_scripts(tmp_path, "evening")
    path = tmp_path / "c.yaml"
    path.write_text(
        "catalogue: 1\noutput: out\nsessions: [{scripts: [routines/*.yaml], formats: [mp3, opus], sidecars: [vtt]}]"
    )
    assert [each.session.output_files for each in prepared(path).pending] == [
        ("evening.mp3", "evening.vtt"), ("evening.opus",)
    ]  # fmt: skip


def test_mistakes_that_need_the_scripts(tmp_path: Path) -> None:
    write_scripts(tmp_path, "evening")
    assert problems(tmp_path, "sessions: [{scripts: [nothing/*.yaml]}]") == [
        f'3:23: sessions[0].scripts[0]: No file matches "nothing/*.yaml" in {tmp_path}. Check the pattern.'
    ]
    assert problems(tmp_path, "sessions: [{scripts: [fot-masage]}]") == [
        '3:23: sessions[0].scripts[0]: No file or bundled routine named "fot-masage". Did you mean "foot-massage", '
        '"foot-massage-partner" or "fussmassage"?'
    ]
    assert problems(tmp_path, "sessions: [{scripts: [routines/*.yaml], variants: [shrt]}]") == [
        "3:52: sessions[0].variants[0]: None of the scripts has this variant. Variants: default, all, short."
    ]
    assert problems(tmp_path, "sessions: [{scripts: [routines/*.yaml], languages: [fr]}]") == [
        "3:53: sessions[0].languages[0]: None of the scripts is in fr."
    ]
    assert problems(tmp_path, "sessions: [{scripts: ['{language}/*.yaml']}]") == [
        "3:23: sessions[0].scripts[0]: {language} needs languages. Add languages: [en, de] to this entry."
    ]
    script = tmp_path / "routines/evening.yaml"
    script.write_text(script.read_text().replace("for: 4s", "for: 4"))
    assert problems(tmp_path, "sessions: [{scripts: [routines/*.yaml]}]")[0].startswith(f"{script}:12:")


def test_two_files_never_get_one_name(tmp_path: Path) -> None:
    write_scripts(tmp_path, "evening", "Evening")
    formats = "sessions: [{scripts: [routines/evening.yaml], formats: [mp3, {format: mp3, bitrate: 64}]}]"
    script = tmp_path / "routines/evening.yaml"
    assert problems(tmp_path, formats) == [
        f'3:12: sessions[0]: Two sessions would be named "evening.mp3" ({script}). Add {{bitrate}} to name.'
    ]
    capital = tmp_path / "routines/Evening.yaml"
    assert problems(tmp_path, "sessions: [{scripts: [routines/*.yaml]}]") == [
        '3:12: sessions[0]: "Evening.mp3" and "evening.mp3" differ only in capital letters, and many disks take them '
        f"for one file ({capital} and {script}). Rename one of them."
    ]
    capital.rename(tmp_path / "routines/noon.yaml")
    own = "sessions: [{scripts: [routines/evening.yaml], name: x}, {scripts: [routines/noon.yaml], name: x}]"
    assert problems(tmp_path, own)[0].endswith("Two entries give them this name. Change the name of one entry.")
    same = "sessions: [{scripts: [routines/evening.yaml]}, {scripts: [routines/evening.yaml]}]"
    assert problems(tmp_path, same) == [
        '3:48: sessions[1]: routines/evening.yaml is listed twice, and both times it would be named "evening.mp3". '
        "Remove one of them, or give one a name of its own."
    ]


def test_a_pattern_means_scripts_only(tmp_path: Path) -> None:
    """The output of an earlier run can lie in the same folder."""
    write_scripts(tmp_path, "evening")
    (tmp_path / "routines/evening.mp3").write_bytes(b"\0\1")
    (tmp_path / "routines/notes.yml").write_text("word: wurd\n")
    assert names(tmp_path, "sessions: [{scripts: ['routines/*']}]") == ["evening.mp3"]


def test_a_script_in_the_folder_of_another_language(tmp_path: Path) -> None:
    (tmp_path / "de").mkdir()
    write_scripts(tmp_path / "de", "evening")
    script = tmp_path / "de/routines/evening.yaml"
    text = "sessions: [{scripts: ['{language}/routines/*.yaml'], languages: [de]}]"
    advice = "but it is in the folder de. Write language: de in it, or move it."
    assert problems(tmp_path, text)[0].endswith(
        f"de/routines/evening.yaml has no language, which means en-US, {advice}"
    )
    script.write_text(script.read_text() + "language: fr\n")
    assert problems(tmp_path, text)[0].endswith(f"de/routines/evening.yaml says language: fr, {advice}")
    script.rename(tmp_path / "de/x-de.yaml")
    by_name = problems(tmp_path, "sessions: [{scripts: ['de/*-{language}.yaml'], languages: [de]}]")
    assert "de/x-de.yaml says language: fr, but its name says de." in by_name[0]


def test_the_output_never_replaces_an_input(tmp_path: Path) -> None:
    write_scripts(tmp_path, "evening")
    script = tmp_path / "routines/evening.yaml"
    (tmp_path / "routines/evening.wav").write_bytes(b"a recording")
    script.write_text(script.read_text().replace("say: Long strokes.", "audio: evening.wav"))
    text = "sessions: [{scripts: [routines/*.yaml], formats: [wav]}]"
    with pytest.raises(ScriptError, match=r"evening\.wav is an input of this catalogue"):
        names(tmp_path, text, output="routines")


def test_the_output_is_not_a_file(tmp_path: Path) -> None:
    write_scripts(tmp_path, "evening")
    (tmp_path / "out").write_text("")
    text = "sessions: [{scripts: [routines/*.yaml]}]"
    assert problems(tmp_path, text) == [f"2:9: output: {tmp_path}/out is a file. Choose a folder."]
    with pytest.raises(ScriptError, match=r"out is a file\. Choose a folder\."):
        names(tmp_path, text, output="out/mp3")


OUTSIDE = "A name must stay inside the output. Write folders without a leading slash, and without . or .. in it."


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            "{nothing}",
            "{nothing} is not available here. Placeholders: {script}, {title}, {language}, {variant}, {voice}, "
            "{format}, {bitrate}.",
        ),
        ("{script}.mp3", "Leave the extension out. voiceguide adds the one of each format."),
        ("a{script", "A brace is not closed. Write placeholders such as {script}."),
        ("/etc/{script}", OUTSIDE),
        ("a//b", OUTSIDE),
        ("../{script}", OUTSIDE),
        ("a\\{script}", '"\\" cannot be part of a file name. Use letters, digits and hyphens.'),
        (
            ".{script}",
            "A file name cannot start with a dot or a hyphen, or end with a dot. Start it with a word or {script}.",
        ),
    ],
)
def test_templates_that_are_refused(template: str, message: str, tmp_path: Path) -> None:
    assert check_template(template) == message
    write_scripts(tmp_path, "evening")
    text = f"name: '{template}'\nsessions: [{{scripts: [routines/*.yaml]}}]"
    assert problems(tmp_path, text) == [f"3:7: name: {message}"]


@long
@given(
    st.lists(st.sampled_from([*(f"{{{name}}}" for name in PLACEHOLDERS), "a", "-", "/", "..", " ", "."])).map("".join),
    st.fixed_dictionaries({name: st.text(max_size=300) | st.just("..") | st.just("/etc/x") for name in PLACEHOLDERS}),
)
def test_no_name_leaves_the_output(template: str, values: dict[str, str]) -> None:
    if check_template(template) is not None:
        return
    name = fill_template(template, values)
    assert os.path.normpath(f"/out/{name}.mp3") == f"/out/{name}.mp3"
    parts = name.split("/")
    assert all(part and not part.startswith((".", "-")) and len(part.encode()) <= 200 for part in parts)
    assert not set(name) & set('\\:*?"<>|\0\n')
    assert name_identity(name) == name_identity(name.upper()) or name.upper().lower() != name.lower()
