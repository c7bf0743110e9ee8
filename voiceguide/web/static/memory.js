// Where playback of each session stopped, in the browser's local storage. Without storage there is no history.

const MOST = 12;
const KEY = "voiceguide.heard";

/** Return the sessions played, most recent first: {id, title, total, at}. */
export function heard() {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.filter((entry) => typeof entry?.id === "string") : [];
  } catch {
    return [];
  }
}

/** Return where a session was stopped, in seconds, or 0 if it was played to the end or not at all. */
export function heardUntil(id) {
  const entry = heard().find((known) => known.id === id);
  return entry && entry.at > 5 && entry.at < entry.total - 5 ? entry.at : 0;
}

export function remember(id, title, total, at) {
  const others = heard().filter((entry) => entry.id !== id);
  keep([{ id, title, total, at }, ...others].slice(0, MOST));
}

export function forget(id) {
  keep(heard().filter((entry) => entry.id !== id));
}

function keep(list) {
  try {
    localStorage.setItem(KEY, JSON.stringify(list));
  } catch {
    // private window or full disk: the session plays without a history
  }
}
