// Saves the page itself for offline use. The page saves kits and frames. Audio never passes through this worker.

const SHELL = `voiceguide-page ${self.registration.scope}`;
const FILES = ["./", "app.css", "app.js", "dom.js", "kit-assemble.js", "kit-fit-to-total.js", "kit-frame-sources.js",
  "kit-frames.js", "kit-gain-envelope.js", "kit-loop-jumps.js", "kit-plan-for-verify.js", "kit-save.js",
  "kit-timeline.js", "kit.js", "local-storage.js", "lock-screen.js", "moment.js", "player.js", "routine.js",
  "rows.js", "saved-settings.js", "server.js", "sound.js", "strings-de.js", "strings-en.js", "strings-es.js",
  "strings-fr.js", "times.js", "unlock.js", "wake-lock.js", "words.js", "manifest.webmanifest", "icon-192.png",
  "icon-512.png", "api/routines"];

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const path = event.request.url.startsWith(self.registration.scope) ? event.request.url.slice(self.registration.scope.length) : null;
  if (event.request.method === "GET" && (path === "" || FILES.includes(path))) event.respondWith(newest(event.request));
});

/** Fetch from the network, or return the saved copy if that fails. */
async function newest(request) {
  const cache = await caches.open(SHELL);
  try {
    const answer = await fetch(request);
    if (answer.ok) cache.put(request, answer.clone()).catch(() => null); // full disk
    return answer;
  } catch (error) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw error;
  }
}
