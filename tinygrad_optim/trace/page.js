// The page that moves through a recorded story. What it shows is in the element #story: see page_data.py.
// This file: where we are, and how to get elsewhere. What is drawn for a moment is in page_views.js.
"use strict";

const story = JSON.parse(document.getElementById("story").textContent);
const $ = (id) => document.getElementById(id);
const last = story.scenes.length - 1;
let now = 0; // the scene shown; people see it as moment now + 1
let timer = null; // while playing
let chosen = -1; // the parameter that the panel is about
let following = true; // whether that is the one the moment is about; not once the reader has picked one

// ---- scenes, by what one asks of them ------------------------------------------------------------------

const [LINE, OP, ARRIVES, GOES_ON, LEAF, GROUP, MOVED, IDLE] = [0, 1, 2, 3, 4, 5, 6, 7];
const OWN = 1, RAISED = 2;

/** A scene as an object: the fields of page_data.py's rows by name. */
function scene(number) {
  const [kind, chapter, place, says, reads, writes, box, parameter, flags, update, short] = story.scenes[number];
  return { number, kind, chapter, place, says, reads, writes, box, parameter, flags, update, short };
}

const text = (number) => (number < 0 ? "none yet" : story.texts[number]);

/** The parts of the outline that this scene is in, outermost first. */
function partsAt(number) {
  const found = [];
  for (let i = lastPartBefore(number); i >= 0; i--) {
    const part = story.parts[i];
    if (!found.length || part[0] < story.parts[found[0]][0]) found.unshift(i);
    if (part[0] === 0) break;
  }
  return found;
}

/** The last part that begins at this scene or before it, by halving. */
function lastPartBefore(number) {
  let low = 0, high = story.parts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (story.parts[middle][2] <= number) low = middle + 1; else high = middle;
  }
  return low - 1;
}

/** The source line of a scene as [file, first, last, function]; null for one without. */
const placeOf = (one) => (one.place < 0 ? null : story.places[one.place]);

function sourceText(place) {
  return story.files[place[0]][1].slice(place[1] - 1, place[2]).join("\n");
}

// ---- going elsewhere ------------------------------------------------------------------------------------

let pendingAddress = 0;

/** Show this scene. jump: it is a place the Back button should return from. */
function go(number, jump = false) {
  now = Math.max(0, Math.min(last, number));
  const address = "#m" + (now + 1);
  $("wrong").hidden = true;
  clearTimeout(pendingAddress);
  if (jump) {
    if (location.hash !== address) setAddress("pushState", address);
  } else { // stepping quickly must not flood the browser with addresses
    pendingAddress = setTimeout(() => setAddress("replaceState", address), timer ? 400 : 120);
  }
  draw();
}

/** Put this moment into the page's address. */
function setAddress(how, address) {
  try { history[how](null, "", address); } catch { /* a page in a notebook's frame has no address of its own */ }
}

/** The moment that the page's address names. */
function fromAddress() {
  const found = /^#m(\d+)$/.exec(location.hash);
  let wrong = "";
  if (found) {
    clearTimeout(pendingAddress);
    now = Math.max(0, Math.min(last, Number(found[1]) - 1));
    if (Number(found[1]) !== now + 1) {
      setAddress("replaceState", "#m" + (now + 1));
      wrong = `There is no moment ${found[1]}: this is the ${now ? "last" : "first"}.`;
    }
  }
  draw();
  $("wrong").textContent = wrong;
  $("wrong").hidden = !wrong;
}

/** Make the panel be about this parameter until the reader says otherwise. */
function choose(parameter) {
  chosen = parameter;
  following = false;
  draw();
  $("about-parameter").scrollIntoView({ block: "nearest" });
}

/** The beginning of the next part (or the one before) of at most this depth. */
function goPart(direction, depth) {
  const parts = story.parts.filter((part) => part[0] <= depth).map((part) => part[2]);
  const next = direction > 0 ? parts.find((first) => first > now) : parts.filter((first) => first < now).pop();
  go(next === undefined ? (direction > 0 ? last : 0) : next, true);
}

function play(on) {
  clearInterval(timer);
  timer = null;
  if (on) {
    if (now === last) go(0);
    timer = setInterval(() => (now < last ? go(now + 1) : play(false)), Number($("speed").value));
  }
  $("play").setAttribute("aria-pressed", String(Boolean(timer)));
  $("play").textContent = timer ? "Pause" : "Play";
  $("now").setAttribute("aria-live", timer ? "off" : "polite");
}

// ---- keys -----------------------------------------------------------------------------------------------

const KEYS = {
  ArrowRight: () => go(now + 1),
  ArrowLeft: () => go(now - 1),
  ArrowDown: () => goPart(1, 1),
  ArrowUp: () => goPart(-1, 1),
  n: () => goPart(1, 1),
  p: () => goPart(-1, 1),
  PageDown: () => goPart(1, 2),
  PageUp: () => goPart(-1, 2),
  Home: () => go(0, true),
  End: () => go(last, true),
  " ": () => play(!timer),
  "/": () => $("search").focus(),
  "?": () => $("help").showModal(),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  const at = event.target;
  if (at === $("search") || at === $("follow") || at.tagName === "SELECT") return;
  if (event.key === " " && /^(BUTTON|SUMMARY|A)$/.test(at.tagName)) return;
  const act = KEYS[event.key];
  if (act) {
    event.preventDefault();
    if (event.key !== " ") play(false);
    act();
  }
}

// ---- search ---------------------------------------------------------------------------------------------

const SHOWN = 60; // results listed at once
let found = []; // in the order in which they are listed
let foundAt = -1; // the one gone to last

/** Whether a text has these words: 2 as a whole name or number, 1 as a part of one; 0 not. Numbers only as a whole. */
function matcher(words) {
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const isNumber = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/.test(words);
  const whole = isNumber ? new RegExp(`(?<![\\w.+-])${escaped}(?![\\w]|\\.\\d)`, "i") : new RegExp(`(?<![\\w.])${escaped}(?![\\w.])`, "i");
  return (said) => (whole.test(said) ? 2 : !isNumber && said.toLowerCase().includes(words) ? 1 : 0);
}

/** The scenes in whose names, values, sentence, source or file these words stand: whole names first. */
function search(words) {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return [];
  const has = matcher(wanted);
  const texts = story.texts.map(has);
  const places = story.places.map((place) => Math.max(has(sourceText(place)), has(story.files[place[0]][0]), has(place[3])));
  const titles = new Map(story.parts.map((part) => [part[2], has(part[1])]));
  const ranks = story.scenes.map(([, , place, says, reads, writes], number) => {
    const all = [titles.get(number) ?? 0, place >= 0 ? places[place] : 0, says >= 0 ? texts[says] : 0];
    for (const one of reads) all.push(texts[one] ?? 0);
    writes.forEach((one, i) => i % 4 !== 3 && all.push(texts[one] ?? 0));
    return Math.max(...all);
  });
  return [2, 1].flatMap((rank) => [...ranks.keys()].filter((number) => ranks[number] === rank));
}

/** Where a scene is, in short: "Step 2 › Backward". */
function whereIs(number) {
  return partsAt(number).slice(0, 2).map((i) => story.parts[i][1].split(",")[0]).join(" › ");
}

function showFound() {
  const words = $("search").value.trim();
  found = search(words);
  foundAt = -1;
  const list = $("found");
  list.replaceChildren(...found.slice(0, SHOWN).map((number) => make("li", {}, link(number, briefly(number)), " ", make("span", { class: "quiet" }, whereIs(number)))));
  list.hidden = !found.length;
  const count = found.length === 1 ? "1 moment" : found.length + " moments";
  $("count").textContent = !words ? "" : found.length ? count : `Nothing found: no name, value or line of source has ${words} in it.`;
  if (found.length > SHOWN) list.append(make("li", { class: "quiet" }, `and ${found.length - SHOWN} more: say more words`));
}

/** To the first found moment, and then from one to the next, as they are listed; back with Shift. */
function goFound(back) {
  if (!found.length) return;
  foundAt = back ? (foundAt <= 0 ? found.length : foundAt) - 1 : (foundAt + 1) % found.length;
  go(found[foundAt], true);
}

// ---- beginning ------------------------------------------------------------------------------------------

function setTheme(name) {
  if (name) document.documentElement.dataset.theme = name; else delete document.documentElement.dataset.theme;
  const dark = name ? name === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  $("theme").textContent = dark ? "Light" : "Dark";
  $("theme").setAttribute("aria-label", dark ? "Use light colours" : "Use dark colours");
  try { name && localStorage.setItem("theme", name); } catch { /* a page without storage forgets it */ }
}

function copyLink() {
  const address = location.href.split("#")[0] + "#m" + (now + 1);
  const done = () => { $("copy").textContent = "Copied"; setTimeout(() => ($("copy").textContent = "Copy link"), 1500); };
  const byHand = () => { // where there is no clipboard to write to
    const field = make("textarea", {}, address);
    document.body.append(field);
    field.select();
    if (document.execCommand("copy")) done();
    field.remove();
  };
  if (navigator.clipboard) navigator.clipboard.writeText(address).then(done, byHand); else byHand();
}

function begin() {
  $("app").hidden = false;
  $("slider").max = String(last + 1);
  const before = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
  setTheme(before);
  $("theme").onclick = () => setTheme($("theme").textContent.toLowerCase());
  $("slider").oninput = (event) => { play(false); go(Number(event.target.value) - 1); };
  $("back").onclick = () => go(now - 1);
  $("forward").onclick = () => go(now + 1);
  $("before").onclick = () => goPart(-1, 1);
  $("after").onclick = () => goPart(1, 1);
  $("play").onclick = () => play(!timer);
  $("speed").onchange = () => timer && play(true);
  $("copy").onclick = copyLink;
  $("keys").onclick = () => $("help").showModal();
  $("parameter").onchange = (event) => choose(Number(event.target.value));
  $("follow").onchange = (event) => { following = event.target.checked; draw(); };
  narrow.onchange = draw;
  $("search").oninput = showFound;
  $("search").onkeydown = (event) => {
    if (event.key === "Enter") goFound(event.shiftKey);
    if (event.key === "Escape") { $("search").value = ""; showFound(); $("search").blur(); }
  };
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => { // a link to a moment
    const at = event.target.closest("a[href^='#m']");
    if (!at || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    play(false);
    go(Number(at.getAttribute("href").slice(2)) - 1, true);
  });
  window.addEventListener("popstate", fromAddress);
  window.addEventListener("hashchange", fromAddress);
  $("fold").open = innerWidth > 768; // on a small screen the moment comes first
  drawOutline();
  fromAddress();
}
