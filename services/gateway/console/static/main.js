/** The page: four views, one at a time. */

import { ChampionsView } from "./champions/view.js";
import { ExplorerView } from "./explorer/view.js";
import { FleetView } from "./fleet/view.js";
import { tell } from "./page/dom.js";
import { keyDialog, keyHeaders } from "./page/key.js";
import { tabs } from "./page/tabs.js";
import { RankingsView } from "./rankings/view.js";
import { refusalOf, unreachable } from "./wire/refused.js";

const KINDS = {
  fleet: FleetView,
  rankings: RankingsView,
  champions: ChampionsView,
  explorer: ExplorerView,
};
const views = new Map(
  Object.entries(KINDS).map(([id, Kind]) => [
    id,
    new Kind(document.getElementById(id)),
  ]),
);
let current = "";

function chosen(id) {
  if (id === current) return;
  views.get(current)?.hide();
  current = id;
  views.get(id).show();
  // Not the id itself: the browser would move the focus there.
  history.replaceState(null, "", `#/${id}`);
}

let told = "";

function link(state) {
  if (state === "live" && told === "lost") catalog(); // another gateway may know more
  told = state;
  document.getElementById("link").dataset.state = state;
  tell(document.getElementById("link-text"), state === "lost" ? "reconnecting" : state);
}

let known = "";

/** Ask what can be called, and tell every view where that is new. */
async function catalog() {
  try {
    const response = await fetch("/-/methods", { headers: keyHeaders() });
    const text = await response.text();
    if (!response.ok) throw refusalOf(text, response.status);
    if (text === known) return;
    known = text;
    const found = JSON.parse(text);
    for (const view of views.values()) view.catalog(found);
  } catch (error) {
    views.get("explorer").failed(unreachable(error));
  }
}

function begin() {
  catalog();
  views.get("fleet").begin(link);
}

const show = tabs(document.getElementById("tabs"), chosen);
const asked = () => location.hash.slice(2);
window.addEventListener("hashchange", () => views.has(asked()) && show(asked()));
keyDialog(() => {
  begin();
  views.get(current).show();
});
begin();
show(views.has(asked()) ? asked() : "fleet");
