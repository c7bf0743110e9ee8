// Unsaved changes, kept in this browser. Each tab has drafts of its own, so that two tabs never replace each other's text.

const TAB = "voiceguide-studio tab";
const [CLAIMS, CLAIM_MS] = [10, 100];
let tab = nameTab();
const lockOf = (owner) => `${TAB} ${owner}`;
const startOf = (folder) => `voiceguide-studio ${folder}/`;
const keyOf = (folder, name, owner = tab) => `${startOf(folder)}${name}|${owner}`;

let release = () => {};
const named = claim(); // done once the name of this tab is its own

/**
 * Hold the lock of this tab until it is closed, so that other tabs can see that it is open. A tab that is a copy of
 * another one has its name, and gets a new one. After a reload, the page before can still have the lock for a moment.
 */
async function claim() {
  if (!navigator.locks) return;
  for (let claims = 0; !(await hold(lockOf(tab))); claims += 1) {
    if (claims < CLAIMS) await new Promise((resolve) => setTimeout(resolve, CLAIM_MS));
    else tab = nameTab(true);
  }
}

/** Hold a lock until it is released. Return whether it was free. */
function hold(name) {
  return new Promise((resolve) => {
    const held = (lock) => {
      resolve(lock !== null);
      return lock && new Promise((done) => (release = done));
    };
    navigator.locks.request(name, { ifAvailable: true }, held).catch(() => resolve(true));
  });
}

/** Let other tabs continue with the drafts of this one, because it cannot save them any more. */
export const handOver = () => release();

/** The name of this tab, which is still the same after a reload. */
function nameTab(isNew = false) {
  let name = Math.random().toString(36).slice(2);
  try {
    name = (!isNew && sessionStorage.getItem(TAB)) || name;
    sessionStorage.setItem(TAB, name);
  } catch { /* then no drafts can be kept either */ }
  return name;
}

/** All drafts in a folder: [{key, name, owner}]. */
function list(folder) {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(startOf(folder)));
    return keys.map((key) => ({ key, ...split(key.slice(startOf(folder).length)) }));
  } catch {
    return [];
  }
}

function split(rest) {
  const [name, owner = ""] = rest.split("|"); // no file name contains this character
  return { name, owner };
}

async function openTabs() {
  try {
    return new Set((await navigator.locks.query()).held.map(({ name }) => name));
  } catch {
    return new Set();
  }
}

function read(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(key));
    return typeof draft?.text === "string" ? draft : null;
  } catch {
    return null;
  }
}

/**
 * Find the draft to continue with: that of this tab, or the newest one of a tab that has been closed. `orphan` is
 * then its key. `isElsewhere` is whether the script has unsaved changes in another tab that is open.
 */
export async function findDraft(folder, name) {
  await named;
  const open = await openTabs();
  const found = list(folder).filter((each) => each.name === name).map((each) => ({ ...each, draft: read(each.key) })).filter(({ draft }) => draft);
  const others = found.filter(({ owner }) => owner !== tab);
  const [newest] = others.filter(({ owner }) => !open.has(lockOf(owner))).sort((one, other) => other.draft.when - one.draft.when);
  const own = found.find(({ owner }) => owner === tab);
  return { draft: (own ?? newest)?.draft ?? null, orphan: own ? null : newest?.key ?? null, isElsewhere: others.some(({ owner }) => open.has(lockOf(owner))) };
}

/** Keep a draft. Return whether the browser has kept it. */
export function keepDraft(folder, name, draft) {
  try {
    localStorage.setItem(keyOf(folder, name), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/** Remove a draft, by default that of this tab. */
export function removeDraft(folder, name, key = keyOf(folder, name)) {
  try {
    localStorage.removeItem(key);
  } catch { /* then there is none */ }
}

/** The names of all scripts with unsaved changes. */
export function draftNames(folder) {
  return [...new Set(list(folder).map(({ name }) => name))];
}
