// The page as a single file, with its kit inside.

import { get } from "./dom.js";
import { Kit } from "./kit.js";
import { Player } from "./player.js";
import { RoutinePage } from "./routine.js";

const CHARACTERS = 1 << 20; // at a time; a multiple of four, so that each part decodes to whole bytes

/** The frames of every loop and piece, one after another, in the order of the kit. */
function framesInside() {
  const text = get("frames").textContent.trim();
  const bytes = new Uint8Array(Math.ceil((text.length / 4) * 3));
  let at = 0;
  for (let from = 0; from < text.length; from += CHARACTERS) {
    const part = atob(text.slice(from, from + CHARACTERS));
    for (let index = 0; index < part.length; index += 1) bytes[at++] = part.charCodeAt(index);
  }
  return bytes.subarray(0, at);
}

const data = JSON.parse(get("kit").textContent);
const inside = framesInside();
const places = new Map();
let next = 0;
for (const { id, count } of [...data.loops, ...data.pieces]) {
  const size = 3 * data.bit_rate * count;
  if (!places.has(id)) places.set(id, inside.subarray(next, (next += size)));
}
const kit = new Kit(data, async (id) => places.get(id));
const leavePlayer = () => {
  player.close();
  get("routine").hidden = false;
  page.draw();
  get("play").focus();
};
const player = new Player(leavePlayer, (settings) => page.change(settings));
const page = new RoutinePage((session) => {
  get("routine").hidden = true;
  player.open({ ...session, picture: null }, true);
}, () => player.unlock());
document.title = data.title;
get("routine").hidden = false;
await kit.load();
page.openKit({ name: data.routine ?? data.title, title: data.title, language: data.language, description: data.description }, kit);
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !player.session) return;
  if (!get("more").hidden) get("close-more").click();
  else leavePlayer();
});
