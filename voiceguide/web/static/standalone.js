// A kit as a single HTML file: the session is assembled from what is embedded in the page.

import { kitInPage, plainSettings } from "./kit.js";
import { Player } from "./player.js";

async function openKit() {
  const kit = kitInPage();
  await kit.load();
  const settings = { ...plainSettings(), ...JSON.parse(document.getElementById("settings").textContent) };
  const { timeline, blob } = kit.assemble(settings);
  document.title = timeline.title;
  document.getElementById("player").hidden = false;
  new Player(null).open({ id: kit.json.id, plan: timeline, audio: URL.createObjectURL(blob) }, false);
}

openKit();
