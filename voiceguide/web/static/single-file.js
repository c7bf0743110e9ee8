// The page as a single file that contains its kit.

import { get } from "./dom.js";
import { draftOf, keepDraft } from "./local-storage.js";
import { kitInPage, plainSettings } from "./kit.js";
import { Player } from "./player.js";
import { RoutinePage } from "./routine.js";

async function openFile() {
  const kit = kitInPage();
  const { title, language, description, id } = kit.json;
  const entry = { name: `file ${id}`, command: kit.json.routine, title, language, description };
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
  document.title = title;
  get("routine").hidden = false;
  await kit.load();
  const settings = { ...plainSettings(), ...JSON.parse(get("settings").textContent) };
  if (!draftOf(entry.name)) keepDraft(entry.name, { settings });
  page.openKit(entry, kit);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !player.session) return;
    if (!get("more").hidden) get("close-more").click();
    else leavePlayer();
  });
}

openFile();
