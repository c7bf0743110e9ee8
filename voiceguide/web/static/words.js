// The text of the page, in the language of the routine or, failing that, of the phone.

import { STRINGS_DE } from "./strings-de.js";
import { STRINGS_EN } from "./strings-en.js";
import { STRINGS_ES } from "./strings-es.js";
import { STRINGS_FR } from "./strings-fr.js";

const LANGUAGES = { en: STRINGS_EN, de: STRINGS_DE, es: STRINGS_ES, fr: STRINGS_FR };
const RIGHT_TO_LEFT = /^(ar|arc|ckb|dv|fa|he|ks|ku-arab|ps|sd|ug|ur|yi)\b/i;
let strings = STRINGS_EN;

/** Choose the language: the routine's, otherwise one of the phone's, otherwise English. */
export function speak(routineLanguage) {
  const wanted = [routineLanguage, ...(navigator.languages ?? [])].filter(Boolean);
  const known = wanted.map((tag) => tag.toLowerCase().split("-")[0]).find((tag) => tag in LANGUAGES) ?? "en";
  strings = LANGUAGES[known];
  document.documentElement.lang = known;
}

/** Return a string of the page with its values filled in. */
export function say(key, values = {}) {
  return strings[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Mark an element as routine text, whose language and direction may differ from those of the page. */
export function ofRoutine(element, language) {
  element.lang = language;
  element.dir = RIGHT_TO_LEFT.test(language) ? "rtl" : "auto";
  return element;
}
