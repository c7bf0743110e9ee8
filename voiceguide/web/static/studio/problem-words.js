// Show the most common problems in the language of the page. All others are shown in English, as everywhere else.

import { clock, parseLength } from "../times.js";
import { say } from "./words.js";

/** The messages from the computer, by translation key. A group called `..._time` is a length of time. */
const KINDS = {
  problem_overrun: /^The speech in ".*" takes (?<words_time>\S+), (?<over_time>\S+) longer than "for: .*"\. The step was lengthened to fit\. Write "for: (?<enough_time>[^"]+)"/s,
  problem_no_words: /^A step needs speech or a duration\./,
  problem_empty: /^This is empty\./,
  problem_no_title: /^This stage needs a title\./,
  problem_not_speakable: /^"(?<text>.*)" contains nothing that can be spoken\./s,
  problem_voice: /^Unknown voice "(?<voice>.*?)"\./,
  problem_voice_missing: /^No \S+ voice named "(?<voice>.*?)" is installed\./,
  problem_voice_language: /^The voice (?<voice>\S+) speaks \S+, but the text is in /,
  problem_recording: /^File "(?<file>.*)" not found in the script folder\./,
  problem_cue_empty: /^A cue needs something to play\./,
  problem_cue_late: /^".*" is (?:after the end|before the start) of the step, which lasts (?<step_time>\S+)\. /s,
  problem_cue_never: /^The step lasts (?<step_time>[^,]+), so this cue never plays\./,
  problem_cue_moved: /^The cue "(?<text>.*)" in ".*" would overlap another cue or run past the end of the step, so it was moved (?<moved_time>\S+) later\.$/s,
  problem_min: /^min is longer than for\./,
  problem_max: /^max is shorter than for\./,
  problem_min_max: /^min is longer than max\./,
  problem_fixed: /^The length of a fixed step never changes, so (?:min|max) has no effect\./,
  problem_same_title: /^This title would be the same for .*\. Add (?<placeholder>\{\w+\}), as in/s,
  problem_used: /^"(?<name>.*)" is already used for the (?:step|stage) on line \d+\./s,
  problem_placeholder: /^(?<placeholder>\{.*?\}) is not a placeholder\./s,
  problem_repeat: /^"(?<text>.*)" is not a number\. Write a number of repetitions/s,
  problem_breath_in: /^A breath needs a length\. Write in:/,
  problem_breath_out: /^A breath needs a length\. Write out:/,
  problem_breath_short: /^Each part of a breath must last at least a second\./,
  problem_breath_long: /^A part of a breath can last at most (?<most_time>[^.]+)\./,
  problem_breath_for: /^One breath lasts (?<breath_time>\S+)\. Make for at least as long/,
  problem_breath_pause: /^pause depends on the speech of the step, but breathe replaces it\./,
  problem_caution: /^This routine uses .* but has no caution\./,
  problem_total: /^This length is not possible\. The shortest possible is (?:about )?(?<shortest_time>[^,]+), and the longest is (?<longest_time>\S+)\.$/,
  problem_total_fixed: /^The steps have fixed lengths, (?:about )?(?<fixed_time>.+) in total\./,
};

/** Return a message from the computer in the language of the page or, if there is no translation, unchanged. */
export function translated(sentence) {
  for (const [key, pattern] of Object.entries(KINDS)) {
    const found = pattern.exec(sentence);
    if (found) return say(key, Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, value]) => [name, name.endsWith("_time") ? timeOf(value) : value])));
  }
  return sentence;
}

/** Problems of keys that do not exist yet, each with the path from its problem to its field. */
const MISSING = { problem_breath_in: ["in"], problem_breath_out: ["out"] };

/** The path of the field where a problem can be fixed. Missing precautions have a field of the whole routine. */
export function fieldPath({ path, message }) {
  if (KINDS.problem_caution.test(message)) return ["safety"];
  const kind = Object.keys(MISSING).find((key) => KINDS[key].test(message));
  return kind ? [...path, ...MISSING[kind]] : path;
}

/** A length of time as it is shown everywhere else: 1:05, or 2.4 s if it is short. */
function timeOf(text) {
  const ms = parseLength(text);
  if (ms === null) return text;
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  return ms < 10_000 ? `${number.format(ms / 1000)} s` : clock(ms / 1000);
}
