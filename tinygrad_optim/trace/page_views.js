// What is drawn for the moment at hand: the outline, the source, the values, the graph, the groups, the parameter.

// ---- elements -------------------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "path", "rect", "g", "circle", "title", "polyline", "line", "tspan"]);

/** An element with these attributes and children. Texts stay texts: nothing that a program says becomes markup. */
function make(tag, attributes = {}, ...children) {
  const svg = DRAWN.has(tag) || tag === "svg:text" || tag === "svg:a";
  const made = svg ? document.createElementNS(SVG, tag.replace("svg:", "")) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

const code = (said) => make("code", {}, said);
const link = (number, said) => make("a", { href: "#m" + (number + 1) }, said);
const row = (...cells) => make("tr", {}, ...cells.map((cell, i) => make(i ? "td" : "th", i ? {} : { scope: "row" }, ...[cell].flat())));

/** A table with a caption. It scrolls within itself, by keys too. */
function table(caption, heads, rows, kind = "") {
  const head = make("tr", {}, ...heads.map((said) => make("th", { scope: "col" }, said)));
  const made = make("table", { class: kind }, make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, ...rows));
  return make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption }, made);
}

/** A moment in a few words: its sentence, or its line of source. */
function briefly(number) {
  const one = scene(number), place = placeOf(one);
  if (one.kind !== LINE || !place) return text(one.says);
  return `${shortName(place)}:${place[1]}  ${sourceText(place).trim().split("\n")[0]}`;
}

const shortName = (place) => story.files[place[0]][0].split("/").pop();

// ---- all of a moment ------------------------------------------------------------------------------------

function draw() {
  const one = scene(now), parts = partsAt(now);
  $("slider").value = String(now + 1);
  $("slider").setAttribute("aria-valuetext", `moment ${now + 1} of ${last + 1}: ${briefly(now)}`);
  $("here").textContent = `moment ${now + 1} of ${last + 1}`;
  $("here").href = "#m" + (now + 1);
  $("where").textContent = parts.map((i) => story.parts[i][1]).join(" › ");
  drawNow(one);
  drawSource(one);
  drawGraph(one);
  drawGroups(one, parts);
  drawParameter(one);
  markOutline(parts);
}

/** The sentence for this moment, and the values of its line: read, before, after. */
function drawNow(one) {
  const place = placeOf(one);
  const says = one.says >= 0 ? text(one.says) : place ? sourceText(place).trim() : "";
  const spoken = [place ? `${shortName(place)} line ${place[1]}` : "", says, one.flags & RAISED ? "An exception was raised here." : ""];
  $("now").replaceChildren(one.kind === LINE ? code(says) : says);
  $("now").className = one.kind === LINE ? "line" : "";
  $("raised").hidden = !(one.flags & RAISED);
  $("now").setAttribute("aria-label", spoken.filter(Boolean).join(": "));
  const rows = [];
  for (let i = 0; i < one.reads.length; i += 2) rows.push(row([code(text(one.reads[i])), " ", badge("read", "quiet")], code(text(one.reads[i + 1])), ""));
  for (let i = 0; i < one.writes.length; i += 4) {
    const [name, before, after, changed] = one.writes.slice(i, i + 4);
    rows.push(row([code(text(name)), " ", changed ? badge(before < 0 ? "new" : "changed") : ""], before < 0 ? "" : code(text(before)), code(text(after))));
  }
  $("values").replaceChildren(...(rows.length ? [table("Values at this moment", ["name", "before", "after"], rows, "values")] : [make("p", { class: "quiet" }, "This line reads and writes no values.")]));
}

const badge = (said, kind = "changed") => make("span", { class: "badge " + kind }, said);

// ---- source ---------------------------------------------------------------------------------------------

let fileShown = -1;
const runsOf = new Map(); // file -> line -> the scenes in which it ran

function drawSource(one) {
  const place = placeOf(one);
  $("nosource").hidden = Boolean(place);
  if (!place) { for (const old of $("code").querySelectorAll(".at")) old.classList.remove("at"); return; }
  if (fileShown !== place[0]) drawFile(place[0]);
  $("file").textContent = story.files[place[0]][0];
  $("function").textContent = place[3].startsWith("<") ? "" : `in ${place[3]}()`;
  const rows = $("code").children;
  for (const old of $("code").querySelectorAll(".at, .near")) { old.classList.remove("at", "near"); old.removeAttribute("aria-current"); }
  for (let i = place[1] - 13; i < place[2] + 12; i++) rows[i]?.classList.add("near");
  for (let i = place[1] - 1; i < place[2]; i++) rows[i]?.classList.add("at");
  const at = rows[place[1] - 1];
  if (!at) return;
  at.setAttribute("aria-current", "step");
  const pane = $("pane");
  if (at.offsetTop < pane.scrollTop + 40 || at.offsetTop > pane.scrollTop + pane.clientHeight - 80) pane.scrollTop = at.offsetTop - pane.clientHeight / 2.6;
}

/** A whole file; the numbers of lines that ran lead to the next moment in which they do. */
function drawFile(file) {
  fileShown = file;
  if (!runsOf.size) for (const lines of [true, false]) noteRuns(lines);
  const ran = runsOf.get(file);
  $("code").replaceChildren(...story.files[file][1].map((said, i) => {
    const number = make(ran.has(i + 1) ? "button" : "span", { class: "number", tabindex: ran.has(i + 1) ? "-1" : null, title: ran.has(i + 1) ? "the next moment at which this line runs" : null }, String(i + 1));
    if (ran.has(i + 1)) number.onclick = () => { const runs = ran.get(i + 1); play(false); go(runs.find((at) => at > now) ?? runs[0], true); };
    return make("li", { class: ran.has(i + 1) ? "ran" : null }, number, make("code", {}, said || " "));
  }));
}

/** Note which lines ran when; of those that are no scene of their own, when something came of them. */
function noteRuns(ownScenes) {
  const before = new Map([...runsOf].map(([file, lines]) => [file, new Set(lines.keys())]));
  story.scenes.forEach(([kind, , place], number) => {
    if (place < 0 || (kind === LINE) !== ownScenes) return;
    const [file, first] = story.places[place];
    if (before.get(file)?.has(first)) return;
    if (!runsOf.has(file)) runsOf.set(file, new Map());
    const lines = runsOf.get(file);
    if (!lines.has(first)) lines.set(first, []);
    lines.get(first).push(number);
  });
}

// ---- the graph ------------------------------------------------------------------------------------------

let graphShown = -1;

function drawGraph(one) {
  const [graph] = story.chapters[Math.min(one.chapter, story.chapters.length - 1)] ?? [-1];
  $("graph").hidden = graph < 0;
  if (graph < 0) return;
  if (graph !== graphShown) drawBoxes(graph);
  const arrived = new Map(), made = new Map();
  const parts = partsAt(now), start = parts.length ? story.parts[parts[0]][2] : 0; // of this training step
  for (let i = now; i >= start; i--) {
    const [kind, , , , , , box, , , , short] = story.scenes[i];
    if (box < 0) continue;
    if ((kind === ARRIVES || kind === LEAF) && !arrived.has(box)) arrived.set(box, text(short));
    if (kind === OP && !made.has(box)) made.set(box, text(short));
  }
  const boxes = $("boxes").querySelectorAll("g.box");
  boxes.forEach((box, i) => {
    box.classList.toggle("arrived", arrived.has(i));
    box.classList.toggle("made", made.has(i));
    box.classList.toggle("at", i === one.box);
    box.querySelector(".short").textContent = arrived.has(i) ? "gradient " + arrived.get(i).replace("norm ", "") : made.has(i) ? made.get(i) : "";
  });
  const said = arrived.size ? `The gradient has arrived at ${arrived.size} of ${boxes.length} boxes.` : `${made.size} results are there; no gradient has arrived yet.`;
  $("progress").textContent = said;
  const at = boxes[one.box], view = $("boxes").parentElement;
  if (at && view.scrollHeight > view.clientHeight) view.scrollTop = Number(at.dataset.top) * view.dataset.scale - view.clientHeight / 2;
}

function drawBoxes(number) {
  graphShown = number;
  const graph = story.graphs[number], drawing = $("boxes");
  const width = Math.max(graph.width + 8, 260), shift = (width - graph.width) / 2;
  drawing.setAttribute("viewBox", `${-shift} -4 ${width} ${graph.height + 8}`);
  drawing.style.width = Math.min(width, 2400) + "px";
  drawing.parentElement.dataset.scale = Math.min(1, drawing.parentElement.clientWidth / width) || 1;
  const lines = graph.lines.map((points) => make("path", { class: "edge", d: curve(points) }));
  const boxes = graph.boxes.map(([x, top, wide, label, kind]) => make("g", { class: "box " + ["op", "leaf", "input"][kind], "data-top": top },
    make("rect", { x: x - wide / 2, y: top, width: wide, height: 38, rx: kind === 0 ? 7 : 19 }),
    make("svg:text", { x, y: top + 16, class: "name" }, label.length > 24 ? label.slice(0, 22) + " …" : label),
    make("svg:text", { x, y: top + 31, class: "short" }),
    make("title", {}, label)));
  drawing.replaceChildren(...lines, ...boxes);
}

/** A line through these points that leaves and arrives straight down. */
function curve(points) {
  let [x, y] = points[0], path = `M${x} ${y}`;
  for (const [nx, ny] of points.slice(1)) {
    const middle = (y + ny) / 2;
    path += nx === x ? `V${ny}` : `C${x} ${middle} ${nx} ${middle} ${nx} ${ny}`;
    [x, y] = [nx, ny];
  }
  return path;
}

// ---- groups ---------------------------------------------------------------------------------------------

let groupsShown = "", parameterShown = "";

/** The groups as they are at this moment: of each option the value and where it came from. */
function drawGroups(one, parts) {
  const [, index] = story.chapters[Math.min(one.chapter, story.chapters.length - 1)] ?? [-1, -1];
  const before = index < 0 ? -1 : story.chapters.slice(0, one.chapter).map((chapter) => chapter[1]).filter((other) => other >= 0 && other !== index).pop() ?? -1;
  $("groups").hidden = index < 0;
  if (index < 0) return;
  const [optimizer, all] = story.tables[index];
  const part = parts.length ? story.parts[parts[parts.length - 1]] : null;
  const making = parts.length && story.parts[parts[0]][3] === "construct";
  const groups = all.filter((group) => !making || group[0] <= Math.max(part[4], 0));
  const current = part && part[4] >= 0 ? part[4] : -1;
  const key = [index, before, current, groups.length].join();
  if (key === groupsShown) return; // as it stands there already
  groupsShown = key;
  const old = before < 0 ? [] : story.tables[before][1];
  const all_names = [...new Set(groups.flatMap((group) => group[2].map((option) => option[0])))];
  const names = all_names.filter((name) => !groups.every((group) => isOwn(group[2].find((option) => option[0] === name))));
  const rest = all_names.filter((name) => !names.includes(name)).map((name) => `${name} ${groups[0][2].find((option) => option[0] === name)[1]}`);
  const mark = (cell, group) => { if (group[0] === current) cell.className = "current"; return cell; };
  const heads = ["option", ...groups.map((group) => `group ${group[0]}`)];
  const members = row("parameters", ...groups.map((group) => group[1].map((i) => make("div", {}, code(story.parameters[i][0]), " ", make("span", { class: "quiet" }, story.parameters[i][1])))));
  const rows = [members, ...names.map((name) => row(code(name), ...groups.map((group) => cell(group, name, old.find((other) => other[0] === group[0])))))];
  for (const made of rows) groups.forEach((group, i) => mark(made.children[i + 1], group));
  $("grouptable").replaceChildren(table(`${optimizer}: who is where, and whose each value is`, heads, rows, "groups"),
    rest.length ? make("p", { class: "quiet" }, `In every group ${optimizer}'s own default: ${rest.join(", ")}.`) : "", ...historyOf(optimizer));
}

/** Whether nobody chose an option's value: it is the class's own. */
const isOwn = (option) => option !== undefined && option[2].startsWith("default: ") && option[2].endsWith("'s own");

/** One option's value and origin; what the group did not get from a default stands out. */
function cell(group, name, old) {
  const option = group[2].find((other) => other[0] === name);
  if (!option) return "–";
  const was = old?.[2].find((other) => other[0] === name);
  const own = !option[2].startsWith("default");
  const value = make("span", { class: own ? "chosen" : "" }, option[1], make("span", { class: "origin" }, option[2]));
  return was && was[1] !== option[1] ? [value, " ", badge(`was ${was[1]}`)] : value;
}

/** What changed an option between one step and another, as links. */
function historyOf(optimizer) {
  const said = [], known = new Map();
  story.chapters.forEach(([, index], chapter) => {
    if (index < 0 || story.tables[index][0] !== optimizer) return;
    for (const [number, , options] of story.tables[index][1]) for (const [name, value, origin] of options) {
      const key = `${name} of group ${number}`, was = known.get(key);
      if (was !== undefined && was !== value) said.push([chapter, `${key}: ${was} → ${value}, ${origin}`]);
      known.set(key, value);
    }
  });
  if (!said.length) return [];
  const items = said.slice(0, 200).map(([chapter, words]) => {
    const at = story.scenes.findIndex((one) => one[1] === chapter);
    return make("li", {}, link(at, `${story.parts[partsAt(at)[0]][1].split(",")[0]}`), ` ${words}`);
  });
  return [make("details", {}, make("summary", {}, `Options that changed (${said.length})`), make("ul", {}, ...items))];
}

// ---- one parameter --------------------------------------------------------------------------------------

/** The update that tells most about a parameter now: that of this step, or the last before, or the first. */
function updateAt(parameter) {
  const mine = story.updates.filter((one) => one.parameter === parameter);
  const step = partsAt(now)[0];
  return mine.find((one) => partsAt(one.scene)[0] === step) ?? mine.filter((one) => one.scene <= now).pop() ?? mine[0];
}

function drawParameter(one) {
  if (one.parameter >= 0 && [LEAF, LINE, MOVED, IDLE].includes(one.kind) && one.parameter !== chosen) chosen = one.parameter;
  if (chosen < 0 && story.parameters.length) chosen = story.updates[0]?.parameter ?? 0;
  $("about-parameter").hidden = chosen < 0;
  if (chosen < 0) return;
  const picker = $("parameter");
  if (!picker.options.length) picker.append(...story.parameters.map(([name], i) => make("option", { value: String(i) }, name)));
  picker.value = String(chosen);
  const [name, size, dtype] = story.parameters[chosen];
  const update = updateAt(chosen);
  const group = groupOf(chosen, one.chapter);
  const key = [chosen, update?.scene, group].join();
  if (key === parameterShown) return;
  parameterShown = key;
  const head = make("p", {}, code(name), ` ${size} ${dtype}` + (group === null ? ", in no group" : `, in group ${group}`));
  if (!update) {
    $("parameterbody").replaceChildren(head, make("p", { class: "quiet" }, "It has not moved in any recorded step: no gradient came to it."));
    return;
  }
  $("parameterbody").replaceChildren(head, timelines(chosen, update), ...aboutUpdate(update));
}

function groupOf(parameter, chapter) {
  for (let i = Math.min(chapter, story.chapters.length - 1); i < story.chapters.length; i++) {
    const table = story.tables[story.chapters[i]?.[1]];
    const group = table?.[1].find((group) => group[1].includes(parameter));
    if (group) return group[0];
  }
  return null;
}

/** What one step did to it: gradient, state, the shares of the change, the proof. */
function aboutUpdate(update) {
  const step = story.parts[partsAt(update.scene)[0]][1].split(",")[0];
  const [gradient, change, value] = update.norms;
  const ratio = change !== null && value ? ` That is ${(100 * change / value).toPrecision(3)} % of its own size.` : "";
  const moved = make("p", {}, link(update.scene, step), `: it moved by ${update.change ? update.change[1] || text(update.change[0]) : "?"}.${ratio}`);
  const made = update.made.length ? [make("p", { class: "quiet" }, "Its gradient ", code(text(update.gradient)), " was made by"), make("ul", { class: "quiet" }, ...update.made.map((one) => make("li", {}, text(one))))] : [];
  const rows = update.rows.map(([what, before, after]) => row(code(what), code(text(before)), code(text(after))));
  const options = update.options.map(([name, value, origin]) => row(code(name), code(value), origin));
  const shares = update.terms.map(([what, share, size, without]) => row(what, [code(text(share)), " ", size], without < 0 ? "" : code(text(without))));
  const [holds, words] = update.proof;
  const mark = holds === 1 ? "Proved: " : holds === 0 ? "Fails: " : "Not proved: ";
  return [moved,
    table(`Before and after ${step.toLowerCase()}`, ["what", "before", "after"], rows),
    shares.length ? table("What the change is made of", ["what", "its share", "the change without it"], [row("the whole change", [code(text(update.change[0])), " ", update.change[1]], ""), ...shares]) : null,
    update.sum === undefined ? null : make("p", { class: "quiet" }, `The shares add up to the change within ${update.sum}.`),
    make("p", { class: holds === 1 ? "holds" : holds === 0 ? "fails" : "quiet" }, mark + text(words) + "."),
    options.length ? table("Options used, and where each came from", ["option", "value", "origin"], options) : null,
    ...made].filter(Boolean);
}

/** Its gradient, its update and its value over the recorded steps, as norms; each point is a link. */
function timelines(parameter, current) {
  const mine = story.updates.filter((one) => one.parameter === parameter);
  const all = ["gradient", "update", "value"].map((what, which) => {
    const points = mine.map((one) => one.norms[which]);
    return make("figure", {}, make("figcaption", {}, what, " ", make("span", { class: "quiet" }, `${points[mine.indexOf(current)] ?? "?"}`)), sparkline(mine, points, current, what));
  });
  return make("div", { class: "timelines" }, ...all);
}

function sparkline(mine, points, current, what) {
  const wide = 200, tall = 46, known = points.filter((one) => one !== null);
  const low = Math.min(...known), high = Math.max(...known);
  const x = (i) => (mine.length === 1 ? wide / 2 : 6 + (wide - 12) * i / (mine.length - 1));
  const y = (value) => (high === low ? tall / 2 : tall - 7 - (tall - 14) * (value - low) / (high - low));
  const line = points.map((one, i) => (one === null ? "" : `${x(i)},${y(one)}`)).join(" ");
  const dots = mine.map((one, i) => points[i] === null ? null : make("svg:a", { href: "#m" + (one.scene + 1), "aria-label": `${what}, norm ${points[i]}: step ${i + 1} of ${mine.length}` },
    make("circle", { cx: x(i), cy: y(points[i]), r: one === current ? 4.5 : mine.length > 30 ? 1.8 : 2.8, class: one === current ? "current" : "" }), make("title", {}, `norm ${points[i]}`)));
  const label = `Norm of the ${what} over ${mine.length} recorded steps, from ${low} to ${high}`;
  return make("svg", { viewBox: `0 0 ${wide} ${tall}`, role: "group", "aria-label": label }, make("polyline", { points: line }), ...dots);
}

// ---- the outline ----------------------------------------------------------------------------------------

const items = new Map(); // part -> its list item

/** The outermost parts; what is inside one is made when it is opened. */
function drawOutline() {
  $("tree").replaceChildren(...inside(-1).map(outlineItem));
}

/** The parts directly inside a part; inside -1, the outermost. */
function inside(parent) {
  const depth = parent < 0 ? 0 : story.parts[parent][0] + 1, found = [];
  for (let i = parent + 1; i < story.parts.length && story.parts[i][0] >= depth; i++) if (story.parts[i][0] === depth) found.push(i);
  return found;
}

function outlineItem(number) {
  const [depth, title, first] = story.parts[number];
  const leaf = story.parts[number + 1] === undefined || story.parts[number + 1][0] <= depth;
  const made = make("li", {}, leaf ? link(first, title) : make("details", {}, make("summary", {}, link(first, title)), make("ul", {})));
  if (!leaf) made.firstChild.ontoggle = (event) => event.target === made.firstChild && fill(made, number);
  items.set(number, made);
  return made;
}

function fill(item, number) {
  const list = item.querySelector("ul");
  if (!list.children.length) list.append(...inside(number).map(outlineItem));
}

/** Open the outline where we are, and mark the place. */
function markOutline(parts) {
  for (const old of $("tree").querySelectorAll("[aria-current]")) old.removeAttribute("aria-current");
  for (const number of parts) {
    const item = items.get(number);
    if (item?.firstChild.tagName === "DETAILS") { fill(item, number); item.firstChild.open = true; }
  }
  const at = items.get(parts[parts.length - 1])?.querySelector("a");
  if (!at) return;
  at.setAttribute("aria-current", "step");
  const nav = $("outline");
  if (nav.scrollHeight > nav.clientHeight && getComputedStyle(nav).overflowY === "auto") {
    const top = at.getBoundingClientRect().top - nav.getBoundingClientRect().top;
    if (top < 20 || top > nav.clientHeight - 40) nav.scrollTop += top - nav.clientHeight / 3;
  }
}

begin();
