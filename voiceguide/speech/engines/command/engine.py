"""Voices that are external programs: `command/NAME`, defined in the user's configuration file.

A program reads text and writes a WAV file. The program runs without a shell, in its own temporary directory and under a
time limit, and its output is checked.
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

from voiceguide.builtin_names import MAX_PACE, MIN_PACE
from voiceguide.errors import SpeechError
from voiceguide.languages import primary_language
from voiceguide.speech.engines.command.config import CommandVoice, config_path, read_command_voices
from voiceguide.speech.engines.command.output_file import read_output_file
from voiceguide.speech.engines.guarded_call import synthesis_timeout_s
from voiceguide.speech.engines.pace_limits import check_pace
from voiceguide.speech.engines.protocol import Speech, Voice
from voiceguide.system.process_group import kill_process_group
from voiceguide.system.shortages import raise_if_shortage
from voiceguide.system.temp_dirs import make_temp_dir
from voiceguide.system.time_limit import communicate

__all__ = ["CommandEngine"]

DEFAULT_RATE_WPM = 175
"""The value of `{rate}` at pace 1: the usual default of programs that take a rate."""
MAX_OUTPUT_BYTES = 256 << 20
"""Maximum size of any file that a program writes. Even the longest possible line needs only a tenth of this size."""
_KILL_MARGIN_S = 5
"""Seconds to subtract from the time limit of `call_engine`, so that the program is killed before the call is
abandoned."""
_PLACEHOLDER = re.compile(r"\{(text|output|pace|rate|language)\}")


class CommandEngine:
    """Speaks with the programs in the user's configuration file, several at a time."""

    name = "command"
    parallel = True

    def __init__(self) -> None:
        self._running_processes: set[subprocess.Popen[bytes]] = set()

    def version(self) -> str:
        return "1"

    def voice_version(self, voice: str) -> str:
        """Return a digest of the command and of the program's size and modification time."""
        command_voice = _find_voice(voice, "")
        program = shutil.which(command_voice.program)
        stat = os.stat(program) if program else None
        parts = (*command_voice.command, f"{stat.st_size} {stat.st_mtime_ns}" if stat else "")
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def voices(self) -> list[Voice]:
        """Return one voice for each program in the configuration file.

        Raises:
            SpeechError: if the configuration file cannot be read.
        """
        return [_as_voice(command_voice) for command_voice in read_command_voices().values()]

    def check_voice(self, voice: str, language: str) -> None:
        """Raise SpeechError if the voice is not defined or its program is not installed."""
        command_voice = _find_voice(voice, language)
        _require_program(command_voice)

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        """Speak `text`; see the protocol.

        Raises:
            SpeechError: if the voice is not defined, the pace is out of range, or the program fails.
        """
        command_voice = _find_voice(voice, language)
        full_name = f"command/{command_voice.name}"
        check_pace(full_name, pace, MIN_PACE, MAX_PACE)
        if "\0" in text or not text.strip():
            raise SpeechError(f"{full_name} cannot speak empty text or text with a NUL character. Write it in words.")
        controls_pace = command_voice.has_placeholder("{pace}") or command_voice.has_placeholder("{rate}")
        _require_program(command_voice)
        with make_temp_dir() as folder:
            output = Path(folder, "output.wav")
            values = {"text": text, "output": str(output), "pace": f"{pace:g}", "language": language}
            values["rate"] = str(round(DEFAULT_RATE_WPM * pace))
            try:
                self._run_program(command_voice, values, Path(folder))
                return read_output_file(output, 1.0 if controls_pace else pace)
            except SpeechError as error:
                raise SpeechError(
                    f"{full_name} ({command_voice.program}) failed: {error}. See {config_path()}."
                ) from error

    def close(self) -> None:
        """Kill every program that is still running. Threads that are waiting for a program get a SpeechError."""
        for process in list(self._running_processes):
            kill_process_group(process)
            process.wait()

    def _run_program(self, voice: CommandVoice, values: dict[str, str], folder: Path) -> None:
        """Run the program until it exits. The audio is then in output.wav, even if the program writes it to stdout."""
        timeout_s = synthesis_timeout_s(values["text"]) - _KILL_MARGIN_S
        stdout_path = folder / ("stdout" if voice.has_placeholder("{output}") else "output.wav")
        stdin_data = b"" if voice.has_placeholder("{text}") else values["text"].encode("utf-8", "surrogatepass")
        with stdout_path.open("wb") as stdout, (folder / "stderr").open("w+b") as stderr:
            try:
                process = subprocess.Popen(
                    _build_arguments(voice, values),
                    stdin=subprocess.PIPE,
                    stdout=stdout,
                    stderr=stderr,
                    cwd=folder,
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                raise_if_shortage(error)
                raise SpeechError(f"it could not be started ({error})") from error
            self._running_processes.add(process)
            _limit_file_size(process.pid)
            try:
                communicate(process, stdin_data, timeout_s)
            except subprocess.TimeoutExpired as error:
                raise SpeechError(f"it did not finish within {timeout_s:g} s") from error
            finally:
                kill_process_group(process)
                process.wait()
                self._running_processes.discard(process)
            if stdout_path.stat().st_size >= MAX_OUTPUT_BYTES or stderr.seek(0, os.SEEK_END) >= MAX_OUTPUT_BYTES:
                raise SpeechError(f"it wrote more than {MAX_OUTPUT_BYTES >> 20} MB")
            if process.returncode != 0:
                stderr.seek(0)
                message = " ".join(stderr.read(100_000).decode("utf-8", "replace").split())[-300:].rstrip(".")
                raise SpeechError(
                    f"it exited with status {process.returncode}" + (f" and printed: {message}" if message else "")
                )


def _find_voice(name: str, language: str) -> CommandVoice:
    """Return the voice with that name, or the first one for the language if `name` is empty."""
    voices = read_command_voices()
    primary = primary_language(language)
    for voice in voices.values():
        if name == voice.name or (not name and primary_language(voice.language) in (primary, "mul")):
            return voice
    hint = f"Defined commands: {', '.join(voices)}." if voices else "See docs/voices.md for how to define one."
    wanted = f'command "{name}"' if name else f"command for the language {language}" if language else "command"
    raise SpeechError(f"No {wanted} is defined in {config_path()}. {hint}")


def _require_program(voice: CommandVoice) -> None:
    """Raise SpeechError if the program is not on the PATH.

    Without this check, `Popen` might report an unreadable folder instead.
    """
    if shutil.which(voice.program) is None:
        raise SpeechError(
            f"command/{voice.name}: the program {voice.program} was not found. Install it, or fix {config_path()}."
        )


def _as_voice(voice: CommandVoice) -> Voice:
    installed = shutil.which(voice.program) is not None
    note = "" if installed else f"the program {voice.program} was not found"
    return Voice(
        "command", voice.name, voice.language, voice.gender, installed=installed, quality=voice.quality, note=note
    )


def _limit_file_size(pid: int) -> None:
    """Limit the size of every file that the program writes, so that runaway output does not fill the disk.

    Only Linux can set this limit for a running process.
    """
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError):  # the process has already ended
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (MAX_OUTPUT_BYTES, MAX_OUTPUT_BYTES))


def _build_arguments(voice: CommandVoice, values: dict[str, str]) -> list[str]:
    """Return the program and its arguments. Placeholders within the spoken text are not replaced."""
    arguments = []
    for template in voice.command[1:]:
        argument = _PLACEHOLDER.sub(lambda match: values[match[1]], template)
        # The space prevents text that begins with a dash from being parsed as an option.
        arguments.append(f" {argument}" if template == "{text}" and argument[:1] == "-" else argument)
    return [voice.program, *arguments]
