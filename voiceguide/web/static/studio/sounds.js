// The sounds of beds and chimes: how a script writes them, and how they are shown.

import { builtinName } from "./words.js";

const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The value of a chime as {sound, level}. `sound` is text or undefined. */
export function soundOf(value) {
  const map = isMap(value) ? value : { sound: value };
  return { ...map, sound: typeof map.sound === "string" ? soundName(map.sound) : undefined };
}

/** The sounds of a bed, [{sound, level}]: pads+rain:-8, or a list. Text that is not a list of beds and audio files is the name of one file. */
export function layersOf(bed) {
  const sound = isMap(bed) ? bed.sound : bed;
  if (Array.isArray(sound)) return sound.map((entry) => (isMap(entry) ? { ...entry, sound: soundName(String(entry.sound ?? "")) } : { sound: soundName(String(entry)) }));
  if (typeof sound !== "string") return [];
  const layers = sound.split("+").map(layerOf);
  return layers.length > 1 && layers.every((layer) => builtinName(layer.sound) || isFile(layer.sound)) ? layers : [{ sound: soundName(sound) }];
}

/** Whether text is a name with an extension. The 5 in "Track No.5" is none. */
const isFile = (text) => /^.*\.(?=\p{Nd}*[\p{L}\p{Nl}\p{No}])[\p{L}\p{N}_]{1,5}$/u.test(text);

/** A built-in sound in the way in which it is listed, or a file as it is written. */
function soundName(text) {
  const [name, lower] = [text.trim(), text.trim().toLowerCase()];
  return builtinName(lower) ? lower : name;
}

/** One of several sounds, such as rain:-8, as {sound, level}. In the name of a file, %2B stands for a plus sign, and %25 for a percent sign. */
export function layerOf(part) {
  const [, sound, level] = /^(.*?)(?::(-?\d{1,2}(?:\.\d{1,3})?))?$/s.exec(part.trim());
  return { sound: soundName(sound).replaceAll("%2B", "+").replaceAll("%25", "%"), level };
}

/** The reverse of `layerOf`. */
export function layerText({ sound, level }) {
  const db = Math.round(1000 * Number(level ?? 0)) / 1000;
  return sound.replaceAll("%", "%25").replaceAll("+", "%2B") + (db ? `:${db}` : "");
}

/** The value of a bed for a script. A single sound has no level of its own, and its name may look like several. */
export function bedOf(layers) {
  if (layers.length > 1) return layers.map(layerText).join("+");
  const [{ sound }] = layers;
  return layersOf(sound).length > 1 ? [sound] : sound;
}

/** The name to display for a sound. A file has no other name than its own. */
export const nameOfSound = (sound) => builtinName(sound) ?? sound;

export function nameOfLayers(layers) {
  const inDb = (level) => (level ? ` (${String(level).replace("-", "\u2212")}\u00a0dB)` : "");
  return layers.map(({ sound, level }) => nameOfSound(sound) + inDb(level)).join(" + ");
}
