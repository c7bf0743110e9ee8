// The text of the studio, in the language of the browser.

import { nameOf, valuesOf } from "./script-paths.js";
import { STRINGS_DE } from "./strings-de.js";
import { STRINGS_EN } from "./strings-en.js";
import { STRINGS_ES } from "./strings-es.js";
import { STRINGS_FR } from "./strings-fr.js";

const LANGUAGES = { en: STRINGS_EN, de: STRINGS_DE, es: STRINGS_ES, fr: STRINGS_FR };
let strings = STRINGS_EN;

/** Choose the first of the browser's languages that is available, or English. */
export function speak() {
  const wanted = (navigator.languages ?? []).map((tag) => tag.toLowerCase().split("-")[0]);
  const known = wanted.find((tag) => tag in LANGUAGES) ?? "en";
  strings = LANGUAGES[known];
  document.documentElement.lang = known;
}

/** Return a text with its values filled in. */
export function say(key, values = {}) {
  return strings[key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** What a group does: it repeats its stages once for each value, or a given number of times. */
export function nameOfGroup(node) {
  const [name, values] = valuesOf(node?.each);
  return name ? say("group_for", { name, values: values.join(", ") }) : say("group_times", { n: node?.repeat ?? 1 });
}

/** The name of a built-in sound, or undefined. */
export const builtinName = (sound) => strings[`sound_${sound}`];

/** The name to display for a step. A step without a name or words is named after what it plays. */
export function nameOfStep(node) {
  return nameOf(node) || (node?.breathe !== undefined ? say("breathing") : node?.audio ? say("recording_named", { file: node.audio }) : say("no_words"));
}
