// The page's state: which paths are chosen, and at which step. All numbers were computed beforehand: see page.py.
// How it is drawn is in drawing.js.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const MOST = 3; // paths at once: the chosen one, and those pinned

let surface = 0; // all paths shown are on this one
let chosen = null; // { algorithm, momentum, decay, lr, factor }: places in the grid
let pinned = []; // others like it
let step = data.steps;
let timer = null; // while playing

// ---- paths ----------------------------------------------------------------------------------------------

const algorithmOf = (setting) => data.algorithms[setting.algorithm];
const keyOf = (setting) => data.surfaces[surface].name + "/" + algorithmOf(setting).slug;

/** The setting's place among its algorithm's paths: the last option changes fastest. */
function placeOf({ momentum, decay, lr, factor }) {
  return ((momentum * data.decays.length + decay) * data.lrs.length + lr) * data.factors.length + factor;
}

const opened = new Map(); // key -> its paths, once they have been asked for

/** The setting's path on the surface at hand: { x, y, height: arrays, left: whether it left the range, last: step }. */
function pathOf(setting) {
  const key = keyOf(setting);
  if (!opened.has(key)) opened.set(key, decoded(atob(data.paths[key])));
  return opened.get(key)[placeOf(setting)];
}

/** All paths of a text: see encode.py. */
function decoded(bytes) {
  let at = 0;
  const number = () => {
    let value = 0, shift = 0, byte;
    do { byte = bytes.charCodeAt(at++); value |= (byte & 127) << shift; shift += 7; } while (byte > 127);
    return value;
  };
  const signed = () => { const n = number(); return n & 1 ? -(n + 1) / 2 : n / 2; };
  const paths = [];
  while (at < bytes.length) {
    const head = number(), points = head >> 1, left = Boolean(head & 1);
    const path = { x: [], y: [], height: [], left, last: points - 1 - Number(left) };
    for (let i = 0, x = 0, y = 0, height = 0; i < points; i++) {
      path.x.push(x += signed());
      path.y.push(y += signed());
      path.height.push(height += signed());
    }
    paths.push(path);
  }
  return paths;
}

/** Where the path ends, exactly: { x, y, loss, down: the step at which 99 % of the way down lay behind, or -1 }. */
function endOf(setting) {
  const [x, y, loss, down] = data.ends[keyOf(setting)][placeOf(setting)];
  return { x, y, loss, down };
}

const all = () => [chosen, ...pinned];
const same = (a, b) => a.algorithm === b.algorithm && placeOf(a) === placeOf(b);

// ---- choosing -------------------------------------------------------------------------------------------

/** The place of the text, or of the number nearest to it. */
function nearest(texts, wanted) {
  if (texts.includes(wanted)) return texts.indexOf(wanted);
  const far = texts.map((text) => Math.abs(Number(text) - Number(wanted)));
  return Math.max(0, far.indexOf(Math.min(...far)));
}

/** A setting from texts. What is not on the grid becomes what is nearest there. */
function settingFrom([slug, lr, momentum, decay, factor]) {
  const algorithm = Math.max(0, data.algorithms.findIndex((one) => one.slug === slug));
  return {
    algorithm,
    momentum: nearest(data.algorithms[algorithm].momenta, momentum),
    decay: nearest(data.decays, decay || "0"),
    lr: nearest(data.lrs, lr),
    factor: nearest(data.factors, factor || "1"),
  };
}

/** A setting as it stands in the address. */
function textOf(setting) {
  const algorithm = algorithmOf(setting);
  return [algorithm.slug, data.lrs[setting.lr], algorithm.momenta[setting.momentum], data.decays[setting.decay],
    data.factors[setting.factor]].join(",");
}

let wished = "0.9"; // the momentum last chosen: kept through optimizers that have none

function choose(change) {
  chosen = { ...chosen, ...change };
  if (change.momentum !== undefined) wished = algorithmOf(chosen).momenta[chosen.momentum];
  if (change.algorithm !== undefined) chosen.momentum = nearest(algorithmOf(chosen).momenta, wished);
  changed();
}

function chooseSurface(number) {
  surface = number;
  changed();
}

function pin() {
  if (pinned.length < MOST - 1 && !pinned.some((one) => same(one, chosen))) pinned = [...pinned, { ...chosen }];
  changed();
}

function unpin(place) {
  pinned = place === undefined ? [] : pinned.filter((_, i) => i !== place);
  changed();
}

/** After any choice: the address says so, and all is drawn. */
function changed() {
  setAddress();
  drawAll();
}

// ---- the address ----------------------------------------------------------------------------------------

function address() {
  const at = step === data.steps ? "" : "/step," + step;
  return "#" + [data.surfaces[surface].name, ...all().map(textOf)].join("/") + at;
}

function setAddress() {
  try { history.replaceState(null, "", address()); } catch { /* a page in a frame has no address of its own */ }
}

/** Set the page to what an address says. */
function fromAddress(hash) {
  const [name, ...rest] = hash.slice(1).split("/");
  const parts = rest.map((part) => part.split(","));
  const at = parts.find((part) => part[0] === "step");
  const settings = parts.filter((part) => part[0] !== "step").map(settingFrom);
  surface = Math.max(0, data.surfaces.findIndex((one) => one.name === name));
  chosen = settings[0] || settingFrom(["sgd", "0.01", "0.9"]);
  pinned = settings.slice(1, MOST).filter((one, i, them) => !them.slice(0, i).some((other) => same(one, other)));
  wished = algorithmOf(chosen).memory ? algorithmOf(chosen).momenta[chosen.momentum] : wished;
  step = at ? Math.max(0, Math.min(data.steps, Math.round(Number(at[1])) || 0)) : data.steps;
  drawAll();
}

// ---- time -----------------------------------------------------------------------------------------------

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function goTo(number) {
  step = Math.max(0, Math.min(data.steps, number));
  drawStep();
  if (!timer) setAddress();
}

/** Play from here, or from the start. Where the system asks for little motion: in few, slow strides. */
function play(on) {
  clearInterval(timer);
  timer = null;
  if (on) {
    const last = Math.max(...all().map((setting) => shownEnd(pathOf(setting))));
    const stride = calm() ? Math.ceil(last / 8) : 1;
    if (step >= last) goTo(0);
    timer = setInterval(() => (step < last ? goTo(Math.min(last, step + stride)) : play(false)), calm() ? 1000 : 60);
  }
  $("play").setAttribute("aria-pressed", String(Boolean(timer)));
  $("play").textContent = timer ? "Pause" : "Play";
  $("now").setAttribute("aria-live", timer ? "off" : "polite");
  if (!on) { setAddress(); drawNow(); }
}

/** The step after which the path shows nothing new. */
const shownEnd = (path) => path.last + Number(path.left);

// ---- keys -----------------------------------------------------------------------------------------------

/** The next place of so many, or the one before; at the ends it stays, or goes round. */
const next = (at, count, way, round) => (round ? (at + way + count) % count : Math.max(0, Math.min(count - 1, at + way)));

const TURN = { // letter -> what it turns, one on (1) or back (-1)
  s: (way) => chooseSurface(next(surface, data.surfaces.length, way, true)),
  o: (way) => choose({ algorithm: next(chosen.algorithm, data.algorithms.length, way, true) }),
  l: (way) => choose({ lr: next(chosen.lr, data.lrs.length, way) }),
  m: (way) => choose({ momentum: next(chosen.momentum, algorithmOf(chosen).momenta.length, way) }),
  w: (way) => choose({ decay: next(chosen.decay, data.decays.length, way) }),
  g: (way) => choose({ factor: next(chosen.factor, data.factors.length, way) }),
};
const KEYS = {
  ArrowRight: () => goTo(step + 1),
  ArrowLeft: () => goTo(step - 1),
  Home: () => goTo(0),
  End: () => goTo(data.steps),
  " ": () => play(!timer),
  p: pin,
  u: () => unpin(),
  "?": () => $("help").showModal(),
};

function onKey(event) {
  const at = event.target, key = event.key;
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open || at.tagName === "SELECT") return;
  if (key === " " && /^(BUTTON|A)$/.test(at.tagName)) return;
  if (key.length > 1 && at.type === "range" && at !== $("step")) return;
  const tried = /^\d$/.test(key) ? data.tries[(Number(key) + 9) % 10] : undefined; // 0 is the tenth
  const turn = TURN[key.toLowerCase()];
  if (!KEYS[key] && !turn && !tried) return;
  event.preventDefault();
  if (key !== " ") play(false);
  if (KEYS[key]) KEYS[key](); else if (turn) turn(key === key.toLowerCase() ? 1 : -1); else visit(tried.address);
}

// ---- beginning ------------------------------------------------------------------------------------------

/** After a link, or Back. What it asks for is read first: to stop playing writes the address. */
function onLink() {
  const hash = location.hash;
  play(false);
  fromAddress(hash);
  setAddress();
}

/** Go to an address, as a link does. */
function visit(hash) {
  if (location.hash === hash) fromAddress(hash); else location.hash = hash;
}

function setTheme(name) {
  if (name) document.documentElement.dataset.theme = name;
  const dark = name ? name === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  $("theme").textContent = dark ? "Light" : "Dark";
  $("theme").setAttribute("aria-label", dark ? "Light: use light colours" : "Dark: use dark colours");
  try { name && localStorage.setItem("theme", name); } catch { /* a page without storage forgets it */ }
}

function copyLink() {
  const link = location.href.split("#")[0] + address();
  const done = () => { $("copy").textContent = "Copied"; setTimeout(() => ($("copy").textContent = "Copy link"), 1500); };
  const byHand = () => { // where there is no clipboard to write to
    const field = make("textarea", {}, link);
    document.body.append(field);
    field.select();
    if (document.execCommand("copy")) done();
    field.remove();
  };
  if (navigator.clipboard) navigator.clipboard.writeText(link).then(done, byHand); else byHand();
}

function begin() {
  $("app").hidden = false;
  setTheme((() => { try { return localStorage.getItem("theme"); } catch { return null; } })());
  $("theme").onclick = () => setTheme($("theme").textContent.toLowerCase());
  $("copy").onclick = copyLink;
  $("keys").onclick = () => $("help").showModal();
  $("surface").append(...data.surfaces.map((one, i) => make("option", { value: i }, one.name)));
  $("algorithm").append(...data.algorithms.map((one, i) => make("option", { value: i }, one.name)));
  $("surface").onchange = (event) => chooseSurface(Number(event.target.value));
  for (const option of ["algorithm", "lr", "momentum", "decay", "factor"]) {
    $(option)[option === "algorithm" ? "onchange" : "oninput"] = (event) => choose({ [option]: Number(event.target.value) });
  }
  $("pin").onclick = pin;
  $("unpin").onclick = () => unpin();
  $("step").max = String(data.steps);
  $("step").oninput = (event) => { play(false); goTo(Number(event.target.value)); };
  $("back").onclick = () => { play(false); goTo(step - 1); };
  $("forward").onclick = () => { play(false); goTo(step + 1); };
  $("play").onclick = () => play(!timer);
  $("tries").append(...data.tries.map((one) => make("li", {}, make("a", { href: one.address }, one.title), make("p", {}, one.says))));
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", onLink);
  $("tries").addEventListener("click", (event) => event.target.closest("a") && $("picture").scrollIntoView({ block: "nearest" }));
  fromAddress(location.hash.length > 1 ? location.hash : (data.tries[1] || { address: "#" }).address);
}
