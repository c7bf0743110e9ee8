// What this browser remembers: how far each session was heard. A browser that forbids it remembers nothing.

const MOST = 12;
const KEY = "voiceguide.heard";

/** Sessions heard, the latest first: {id, title, total, at}. */
export function heard() {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.filter((entry) => typeof entry?.id === "string") : [];
  } catch {
    return [];
  }
}

/** Seconds into a session that was left before its end; 0 for any other. */
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
    // private windows and full disks: the session plays all the same
  }
}
