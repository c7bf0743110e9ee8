// For offline use, caches the page as it was last loaded, and the most recent sessions.

const SHELL = `voiceguide-page ${self.registration.scope}`;
const SESSIONS = "voiceguide-sessions"; // shared by all addresses of this server: ids are derived from the content
const MOST_SESSIONS = 5;
const FILES = ["./", "app.css", "app.js", "ahead.js", "bars.js", "choose.js", "memory.js", "player.js", "server.js",
  "timeline.js", "unlock.js", "wake-lock.js", "wish.js", "manifest.webmanifest", "icon-192.png", "icon-512.png", "api/routines"];

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  if (Array.isArray(event.data?.keep)) event.waitUntil(keep(event.data.keep));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = inside(request.url);
  if (request.method !== "GET" || path === null || path.endsWith(".html")) return;
  event.respondWith(path.startsWith("sessions/") ? sound(request, path) : newest(request, path));
});

/** Return the path within this page, or null if it is outside. */
function inside(address) {
  const { scope } = self.registration;
  return address.startsWith(scope) ? new URL(address).pathname.slice(new URL(scope).pathname.length) : null;
}

const shared = (path) => new URL(`/${path}`, self.location.origin).href;

/** Fetch from the network, or fall back to the cached copy. */
async function newest(request, path) {
  try {
    const answer = await fetch(request);
    if (answer.ok && !path.startsWith("api/sessions/")) {
      const copy = answer.clone();
      caches.open(SHELL).then((cache) => cache.put(request, copy)).catch(() => null); // full disk
    }
    return answer;
  } catch (error) {
    const kept = await caches.match(request) ?? await caches.match(shared(path));
    if (kept) return kept;
    throw error;
  }
}

async function sound(request, path) {
  const kept = await caches.match(shared(path));
  return kept ? part(kept, request.headers.get("range")) : fetch(request);
}

/** Return the requested range of a cached response. Audio elements need ranges to seek. */
async function part(kept, range) {
  const wanted = /^bytes=(\d*)-(\d*)$/.exec(range ?? "");
  if (!wanted || !(wanted[1] || wanted[2])) return kept;
  const blob = await kept.blob();
  const first = wanted[1] ? Number(wanted[1]) : Math.max(0, blob.size - Number(wanted[2]));
  const last = wanted[1] && wanted[2] ? Math.min(Number(wanted[2]), blob.size - 1) : blob.size - 1;
  if (first > last) return new Response(null, { status: 416, headers: { "content-range": `bytes */${blob.size}` } });
  return new Response(blob.slice(first, last + 1), {
    status: 206,
    headers: {
      "content-type": kept.headers.get("content-type"),
      "content-range": `bytes ${first}-${last}/${blob.size}`,
      "content-length": String(last + 1 - first),
      "accept-ranges": "bytes",
    },
  });
}

async function keep(paths) {
  const cache = await caches.open(SESSIONS);
  for (const path of paths) {
    if (await cache.match(shared(path))) continue;
    const answer = await fetch(new URL(path, self.registration.scope));
    if (answer.status === 200) await cache.put(shared(path), answer);
  }
  const sounds = (await cache.keys()).filter((known) => known.url.endsWith(".mp3"));
  for (const old of sounds.slice(0, -MOST_SESSIONS)) {
    await cache.delete(old);
    await cache.delete(old.url.replace("/sessions/", "/api/sessions/").replace(/\.mp3$/, ""));
  }
}
