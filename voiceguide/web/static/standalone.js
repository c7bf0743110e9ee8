// The standalone player, with the audio embedded in the page.

import { Player } from "./player.js";

const PIECE = 1 << 20; // characters; a multiple of four, so that each piece decodes to whole bytes

function inside(id) {
  const text = document.getElementById(id).textContent.trim();
  const pieces = [];
  for (let at = 0; at < text.length; at += PIECE) {
    pieces.push(Uint8Array.from(atob(text.slice(at, at + PIECE)), (letter) => letter.charCodeAt(0)));
  }
  return pieces;
}

const { id, type, plan } = JSON.parse(document.getElementById("plan").textContent);
const audio = URL.createObjectURL(new Blob(inside("audio"), { type }));
document.title = plan.title;
new Player(null).open({ id, plan, audio }, false);
