"""Any program that reads a text and writes a WAV, as a voice: `command/NAME`, described in the user's own file.

The program is run without a shell, in a folder of its own, for a limited time, and what it writes is checked.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.command.config import CommandVoice, config_path, read_command_voices
from voiceguide.speech.engines.command.output_file import read_output_file
from voiceguide.speech.engines.guarded_call import synthesis_timeout_s
from voiceguide.speech.engines.protocol import Speech, Voice
from voiceguide.system.process_group import kill_process_group
from voiceguide.system.temp_dirs import make_temp_dir

__all__ = ["CommandEngine"]

DEFAULT_RATE_WPM = 175
"""What `{rate}` is at pace 1: the usual rate of the programs that are told one."""
MAX_OUTPUT_BYTES = 256 << 20
"""Of any file that a program writes; the longest line that is spoken takes a tenth of it."""
MIN_PACE, MAX_PACE = 0.5, 2.0
_PLACEHOLDER = re.compile(r"\{(text|output|pace|rate|language)\}")


class CommandEngine:
    """Speaks with the programs of the user's configuration file, several at a time."""

    name = "command"
    parallel = True
    takes_ipa = False

    def __init__(self) -> None:
        self._running_processes: set[subprocess.Popen[bytes]] = set()

    def version(self) -> str:
        return "1"

    def voice_version(self, voice: str) -> str:
        """A digest of a program's description, and of the program's own size and time of change."""
        found = _find_voice(voice, "")
        program = shutil.which(found.program)
        state = os.stat(program) if program else None
        facts = (*found.command, f"{state.st_size} {state.st_mtime_ns}" if state else "")
        return hashlib.sha256("\0".join(facts).encode("utf-8", "surrogatepass")).hexdigest()

    def voices(self) -> list[Voice]:
        """Every program described.

        Raises:
            SpeechError: where the configuration file cannot be read.
        """
        return [_as_voice(found) for found in read_command_voices().values()]

    def check_voice(self, voice: str, language: str) -> None:
        """Raise SpeechError for a program that is not described, or not there."""
        found = _find_voice(voice, language)
        if shutil.which(found.program) is None:
            raise SpeechError(
                f"command/{found.name}: the program {found.program} is not there. Install it, or mend {config_path()}."
            )

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        """Speak `text`; see the protocol.

        Raises:
            SpeechError: for a program that is not described or not there, or that does not speak.
        """
        found = _find_voice(voice, language)
        if not MIN_PACE <= pace <= MAX_PACE:
            raise SpeechError(
                f"command/{found.name} cannot speak at pace {pace:g}. Choose one from {MIN_PACE:g} to {MAX_PACE:g}."
            )
        if "\0" in text or not text.strip():
            raise SpeechError(f"command/{found.name} was given nothing to say. Write it in words.")
        own_pace = found.has_placeholder("{pace}") or found.has_placeholder("{rate}")
        with make_temp_dir() as folder:
            output = Path(folder, "output.wav")
            values = {"text": text, "output": str(output), "pace": f"{pace:g}", "language": language}
            values["rate"] = str(round(DEFAULT_RATE_WPM * pace))
            try:
                self._run_program(found, values, Path(folder))
                return read_output_file(output, 1.0 if own_pace else pace)
            except SpeechError as error:
                raise SpeechError(f"command/{found.name} ({found.program}) failed: {error}.") from error

    def close(self) -> None:
        """End every program that still runs; whoever waits for one is told that it failed."""
        for process in list(self._running_processes):
            kill_process_group(process)
            process.wait()

    def _run_program(self, found: CommandVoice, values: dict[str, str], folder: Path) -> None:
        """Run the program to its end. Its sound is in `output` then, whether it wrote that itself or to stdout."""
        limit_s = (
            synthesis_timeout_s(values["text"]) - 5
        )  # before the one who waits for us gives up, so that it gets killed
        stdout = folder / ("printed" if found.has_placeholder("{output}") else "output.wav")
        given = b"" if found.has_placeholder("{text}") else values["text"].encode("utf-8", "surrogatepass")
        with stdout.open("wb") as out, (folder / "complaints").open("w+b") as complaints:
            try:
                process = subprocess.Popen(
                    _build_arguments(found, values),
                    stdin=subprocess.PIPE,
                    stdout=out,
                    stderr=complaints,
                    cwd=folder,
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                raise SpeechError(f"it does not start ({error})") from error
            self._running_processes.add(process)
            _limit_file_size(process.pid)
            try:
                process.communicate(given, timeout=limit_s)
            except subprocess.TimeoutExpired as error:
                raise SpeechError(f"it did not end within {limit_s:g} s") from error
            finally:
                kill_process_group(process)
                process.wait()
                self._running_processes.discard(process)
            if stdout.stat().st_size >= MAX_OUTPUT_BYTES or complaints.seek(0, os.SEEK_END) >= MAX_OUTPUT_BYTES:
                raise SpeechError(f"it wrote more than {MAX_OUTPUT_BYTES >> 20} MB")
            if process.returncode != 0:
                complaints.seek(0)
                told = " ".join(complaints.read(100_000).decode("utf-8", "replace").split())[-300:]
                raise SpeechError(
                    f"it ended with status {process.returncode}" + (f" and said: {told.rstrip('.')}" if told else "")
                )


def _find_voice(name: str, language: str) -> CommandVoice:
    """The program of that name; where it is empty, the first that speaks the language."""
    commands = read_command_voices()
    primary = language.split("-")[0].lower()
    for found in commands.values():
        if name == found.name or (not name and found.language.split("-")[0].lower() in (primary, "mul")):
            return found
    there = f"It has {', '.join(commands)}." if commands else "Describe one there; docs/voices.md shows how."
    wanted = f'command "{name}"' if name else f"command for the language {language}"
    raise SpeechError(f"There is no {wanted} in {config_path()}. {there}")


def _as_voice(voice: CommandVoice) -> Voice:
    there = shutil.which(voice.program) is not None
    note = "" if there else f"the program {voice.program} is not there"
    return Voice("command", voice.name, voice.language, voice.gender, installed=there, quality=voice.quality, note=note)


def _limit_file_size(pid: int) -> None:
    """Let no file of the program grow without end: one that floods would fill the disk before its time is up. Elsewhere
    than on Linux nobody can say that of a running process."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError):  # it has ended already
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (MAX_OUTPUT_BYTES, MAX_OUTPUT_BYTES))


def _build_arguments(voice: CommandVoice, values: dict[str, str]) -> list[str]:
    """The program and its arguments, each placeholder replaced once: a text that holds `{output}` stays as it is."""
    arguments = [_PLACEHOLDER.sub(lambda match: values[match[1]], argument) for argument in voice.command[1:]]
    # A text that begins with a dash must not be taken for an option.
    guarded = [
        f" {said}" if said[:1] == "-" and form == "{text}" else said
        for said, form in zip(arguments, voice.command[1:], strict=True)
    ]
    return [voice.program, *guarded]
