"""The secret of the phone page stays the same, so that a bookmark works tomorrow."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.support.served import served
from voiceguide.web.kept_token import load_token


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOICEGUIDE_STATE", str(tmp_path / "state"))
    return tmp_path / "state" / "phone-page-token"


def test_it_stays_the_same_until_it_is_revoked(file: Path) -> None:
    first = load_token()
    assert load_token() == first
    assert (first.note, len(first)) == ("", 32)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    second = load_token(revoke=True)
    assert second != first
    assert load_token() == second
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("text", ["", "short", "x" * 33, "../" * 11, "\N{SNOWMAN}" * 32])
def test_a_damaged_one_is_replaced(file: Path, text: str) -> None:
    load_token()
    file.write_text(text, encoding="utf-8")
    replaced = load_token()
    assert replaced.note == f"the secret in {file} was damaged, so the address has changed."
    assert load_token() == replaced


def test_one_that_others_could_read_is_replaced(file: Path) -> None:
    first = load_token()
    file.chmod(0o644)
    second = load_token()
    assert second != first
    assert second.note == f"others could read the secret in {file}, so the address has changed."
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_or_a_pipe_in_its_place_is_not_followed(file: Path) -> None:
    load_token()
    other = file.with_name("other")
    other.write_text("A" * 32)
    file.unlink()
    file.symlink_to(other)
    assert load_token() != "A" * 32
    assert other.read_text() == "A" * 32
    file.unlink()
    os.mkfifo(file)
    assert len(load_token()) == 32


def test_without_a_place_to_keep_it_the_page_works_with_a_note(
    tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("a file")
    state = tmp_path / "taken" / "state"
    with served(tmp_path, shared_cache, environment={"VOICEGUIDE_STATE": str(state)}) as running:
        assert running.ask("").status == 200
        _, messages = running.stop()
    assert (
        f"note: the address cannot be saved in {state}, so it will be different next time. "
        "Set VOICEGUIDE_STATE to a writable folder.\n"
    ) in messages


def test_the_link_works_tomorrow_and_a_new_address_revokes_it(tmp_path: Path, shared_cache: Path) -> None:
    environment = {"VOICEGUIDE_STATE": str(tmp_path / "state")}
    tokens = []
    for options in ((), (), ("--new-address",)):
        with served(tmp_path, shared_cache, *options, environment=environment) as running:
            assert running.ask("").status == 200
            tokens.append(running.token)
    assert tokens[0] == tokens[1] != tokens[2]
