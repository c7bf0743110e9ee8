// Data saved on this phone: changes, versions and the play history. Without storage, it is lost when the page is closed.

const MOST_PLAYED = 12;
const memory = new Map();

function read(key, otherwise) {
  if (memory.has(key)) return memory.get(key);
  try {
    return JSON.parse(localStorage.getItem(`voiceguide.${key}`)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(`voiceguide.${key}`, JSON.stringify(value));
    memory.delete(key);
  } catch {
    memory.set(key, value); // private window or full disk: kept until the page is closed
  }
}

const listOf = (key) => {
  const list = read(key, []);
  return Array.isArray(list) ? list.filter((entry) => entry && typeof entry === "object") : [];
};

/** The user's choices for a routine: {wish, settings}, or null. */
export const draftOf = (routine) => read(`draft.${routine}`, null);
export const keepDraft = (routine, draft) => write(`draft.${routine}`, draft);

/** Named versions, newest first: {name, routine, title, language, wish, settings}. */
export const versions = () => listOf("versions");

export function keepVersion(version) {
  const same = (other) => other.routine === version.routine && other.name === version.name;
  write("versions", [version, ...versions().filter((other) => !same(other))]);
}

export function dropVersion(version) {
  write("versions", versions().filter((other) => other.routine !== version.routine || other.name !== version.name));
}

/** The play history, newest first: {key, routine, title, language, version, wish, settings, at, total, when}. */
export const played = () => listOf("played");

/** The key of a session. Sessions with the same key have the same positions. */
export function sessionKey({ routine, wish, settings: { lengths, given, skip, total } }) {
  return JSON.stringify([routine, wish, lengths, given, skip, total]);
}

/** Add a session to the play history. It replaces the one with the key `before`, whose lengths were changed. */
export function notePlayed(entry, before = entry.key) {
  const others = played().filter(({ key }) => key !== entry.key && key !== before);
  write("played", [entry, ...others].slice(0, MOST_PLAYED));
}

/** The position where playback of a session stopped, in seconds, or 0 if it is near the start or the end. */
export function leftAt(key) {
  const entry = played().find((known) => known.key === key);
  return entry && entry.at > 5 && entry.at < entry.total - 5 ? entry.at : 0;
}
