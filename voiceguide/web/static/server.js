// Requests to the computer that serves this page.

import { Kit } from "./kit.js";
import { say } from "./words.js";

const POLL_MS = 100;
const ATTEMPT_MS = 500;
const ATTEMPTS = 20;
const PIECES = "voiceguide-pieces";
const saving = new Set(); // promises

/** The computer does not respond. Other errors are its answers. */
export class ConnectionError extends Error {}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new ConnectionError(say("no_connection"));
  }
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok && data.error) throw new Error(data.error);
  if (!answer.ok) throw new ConnectionError(say("no_connection"));
  return data;
}

/** Ask, and ask again if the connection is lost: phones lose it for a moment when they change the network. */
async function askAgain(path, stopped) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask(path);
    } catch (error) {
      if (!(error instanceof ConnectionError) || attempt === ATTEMPTS || stopped()) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_MS));
  }
}

const post = (body) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

export const routines = () => ask("api/routines");

/** Return a QR code as an image URL. */
export async function qrCode(text) {
  const { svg } = await ask("api/qr", post({ text }));
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** The options of a routine that need the computer: variants, guidance and beds. */
export const choicesOf = async (routine, wish) => (await ask("api/plan", post(request(routine, wish)))).choices;

/** A wish: the changes that need the computer, {variant, detail, bed, bedLevel, voice}. Null means as written. */
export const plainWish = () => ({ variant: null, detail: null, bed: null, bedLevel: null, voice: null });

function request(routine, wish) {
  const { variant, detail, bed, bedLevel, voice } = wish;
  const level = bedLevel === null ? null : String(bedLevel);
  return { routine, overrides: { variants: variant ? [variant] : [], detail, bed, bed_level: level, voice } };
}

/**
 * Get the kit of a routine. `found` is called with the openings, then with a draft that plays the unmodified routine,
 * then with the full kit. Until then, `progress` is called with {doing, done, of}. Stop when `stopped()` is true. Kits
 * are saved for offline use.
 */
export async function fetchKit(routine, wish, found, progress, stopped) {
  const known = await keptKit(routine, wish);
  try {
    const { id } = await ask("api/kit", post(request(routine, wish)));
    let last = null;
    while (!stopped()) {
      const state = await askAgain(`api/kits/${id}${last ? `?known=${last}` : ""}`, stopped);
      if (state.state === "failed") throw new Error(state.error);
      if (state.of) progress(state);
      if (state.state === "ready") {
        last = state.kit.id;
        found(new Kit(state.kit, readPiece));
        if (!state.kit.draft) return void keepKit(routine, wish, state.kit);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } catch (error) {
    if (!known) throw error;
    found(new Kit(known, readPiece));
  }
}

/** Read the frames of a loop or piece from the phone's storage or from the computer. They are saved in the background while they are used. */
async function readPiece(id) {
  const path = `pieces/${id}`;
  const store = await open();
  const kept = await store?.match(`/${path}`);
  if (kept) return kept.arrayBuffer();
  let answer;
  for (let attempt = 0; attempt < 3 && !answer?.ok; attempt += 1) answer = await fetch(path).catch(() => null);
  if (!answer?.ok) throw new Error(say("no_connection"));
  const save = store?.put(`/${path}`, answer.clone()).catch(() => null).then(() => saving.delete(save)); // full disk
  saving.add(save);
  return answer.arrayBuffer();
}

/** Wait until all frames that were loaded are saved on the phone. */
export const saved = () => Promise.all(saving);

/** The browser's cache. It is available only on secure pages: on the same computer or over HTTPS. */
let piecesCache = null;
const open = () => (piecesCache ??= globalThis.caches?.open(PIECES).catch(() => (piecesCache = null)) ?? null);
const kitPath = (routine, wish) => `/kits/${encodeURIComponent(JSON.stringify([routine, wish]))}`;
const kits = new Map(); // also for pages without a cache, until they are closed

async function keepKit(routine, wish, data) {
  kits.set(kitPath(routine, wish), data);
  const answer = new Response(JSON.stringify(data), { headers: { "content-type": "application/json" } });
  await (await open())?.put(kitPath(routine, wish), answer).catch(() => null);
}

async function keptKit(routine, wish) {
  const path = kitPath(routine, wish);
  if (kits.has(path)) return kits.get(path);
  const kept = await (await open())?.match(path);
  return kept ? kept.json() : null;
}
