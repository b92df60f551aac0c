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

/** A table with a caption. It scrolls within itself, by keys too; of kind "stack", it stacks where there is no room. */
function table(caption, heads, rows, kind = "") {
  const head = make("tr", {}, ...heads.map((said) => make("th", { scope: "col" }, said)));
  for (const one of rows) [...one.children].forEach((cell, i) => i && cell.setAttribute("data-label", heads[i]));
  const made = make("table", { class: kind }, make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, ...rows));
  return make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption }, made);
}

/** A sentence in which "op 3" and "train.py:18" are links to when that was: the last time by scene `upto`. */
function linked(said, upto) {
  return said.split(/(\bop \d+\b|\b[\w.-]+\.py:\d+)/i).map((piece, i) => {
    const at = i % 2 ? momentOf(piece, upto) : -1;
    return at < 0 || at === now ? piece : link(at, piece);
  });
}

function momentOf(piece, upto) {
  const [, op] = /^op (\d+)$/i.exec(piece) ?? [];
  if (op) return story.parts.find((part) => part[3] === "op" && part[1].split(" ")[0] === op)?.[2] ?? -1;
  const [name, line] = piece.split(":");
  for (let i = upto; i >= 0; i--) {
    const place = story.places[story.scenes[i][2]];
    if (story.scenes[i][0] === LINE && place && place[1] === Number(line) && shortName(place) === name) return i;
  }
  return -1;
}

/** A button among words that makes the panel below be about this parameter. */
function chooser(parameter) {
  const made = make("button", { class: "choose", title: "show this parameter in its panel" }, code(story.parameters[parameter][0]));
  made.onclick = () => choose(parameter);
  return made;
}

/** "norm", with what that is. */
const norm = () => make("abbr", { title: "the root of the sum of squares of all elements" }, "norm");

/** A text with the first "norm" in it explained. */
function explained(said) {
  const at = said.search(/\bnorm\b/);
  return at < 0 ? [said] : [said.slice(0, at), norm(), said.slice(at + 4)];
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
  drawGroups(parts);
  drawParameter(one);
  markOutline(parts);
}

/** The sentence for this moment, and the values of its line: what changed first, then what was read. */
function drawNow(one) {
  const place = placeOf(one);
  const says = one.says >= 0 ? text(one.says) : place ? sourceText(place).trim() : "";
  const spoken = [place ? `${shortName(place)} line ${place[1]}` : "", says, one.flags & RAISED ? "An exception was raised here." : ""];
  $("now").replaceChildren(...(one.kind === LINE ? [code(says)] : linked(says, now)));
  $("now").className = one.kind === LINE ? "line" : "";
  $("raised").hidden = !(one.flags & RAISED);
  $("now").setAttribute("aria-label", spoken.filter(Boolean).join(": "));
  const rows = [];
  for (let i = 0; i < one.writes.length; i += 4) {
    const [name, before, after, changed] = one.writes.slice(i, i + 4);
    rows.push(row([code(text(name)), " ", changed ? badge(before < 0 ? "new" : "changed") : ""], before < 0 ? "" : code(text(before)), code(text(after))));
  }
  for (let i = 0; i < one.reads.length; i += 2) {
    const read = row([code(text(one.reads[i])), " ", badge("read", "quiet")], code(text(one.reads[i + 1])));
    read.lastChild.colSpan = 2; // what is only read is the same after
    rows.push(read);
  }
  $("values").replaceChildren(...(rows.length ? [table("Values at this moment", ["name", "before", "after"], rows, "stack values")] : [make("p", { class: "quiet" }, "This line reads and writes no values.")]));
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
    const hang = /^ */.exec(said)[0].length + 4; // a long line goes on below, further in
    return make("li", { class: ran.has(i + 1) ? "ran" : null }, number, make("code", { style: `padding-left:${hang}ch;text-indent:-${hang}ch` }, said || " "));
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
  const graph = story.chapters[Math.min(one.chapter, story.chapters.length - 1)] ?? -1;
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
  const ops = $("boxes").querySelectorAll("g.op").length;
  const result = !made.size && arrived.size ? "The results are from before this step" : made.size === ops ? `All ${ops} results are there` : `${made.size} of ${ops} results are there`;
  const gradient = arrived.size ? `the gradient has arrived at ${arrived.size} of ${boxes.length} boxes` : "no gradient has arrived yet";
  const at = boxes[one.box], view = $("boxes").parentElement;
  $("progress").textContent = `${result}; ${gradient}.${at ? ` This moment is about ${story.graphs[graph].boxes[one.box][3]}: the thick outline.` : ""}`;
  if (at) view.scrollTo(Number(at.dataset.x) * view.dataset.scale - view.clientWidth / 2, Number(at.dataset.top) * view.dataset.scale - view.clientHeight / 2);
}

function drawBoxes(number) {
  graphShown = number;
  const graph = story.graphs[number], drawing = $("boxes");
  const width = Math.max(graph.width + 8, 260), shift = (width - graph.width) / 2;
  drawing.setAttribute("viewBox", `${-shift} -4 ${width} ${graph.height + 8}`);
  const scale = Math.max(10 / 11, Math.min(1, drawing.parentElement.clientWidth / width)); // its smallest text has 11 px: at least 10 are left
  drawing.style.width = width * scale + "px";
  drawing.parentElement.dataset.scale = scale;
  const lines = graph.lines.map((points) => make("path", { class: "edge", d: curve(points) }));
  const names = story.parameters.map(([name]) => name);
  const boxes = graph.boxes.map(([x, top, wide, label, kind]) => ({ parameter: kind === 1 ? names.indexOf(label) : -1, drawn: make("g", { class: "box " + ["op", "leaf", "input"][kind], "data-top": top, "data-x": x + shift },
    make("rect", { x: x - wide / 2, y: top, width: wide, height: 38, rx: kind === 0 ? 7 : 19 }),
    make("svg:text", { x, y: top + 16, class: "name" }, label.length > 24 ? label.slice(0, 22) + " …" : label),
    make("svg:text", { x, y: top + 31, class: "short" }),
    make("title", {}, label)) }));
  for (const { parameter, drawn } of boxes.filter((one) => one.parameter >= 0)) {
    for (const [name, value] of [["role", "button"], ["tabindex", "0"], ["aria-label", `show ${names[parameter]} in its panel`]]) drawn.setAttribute(name, value);
    drawn.onclick = () => choose(parameter);
    drawn.onkeydown = (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); event.stopPropagation(); choose(parameter); } };
  }
  drawing.replaceChildren(...lines, ...boxes.map((one) => one.drawn));
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
const narrow = matchMedia("(max-width: 48rem)");

/** The last table that began at this scene or before: [scene, table, changes]; undefined before there was a group. */
function tableAt(number) {
  return story.begins.findLast((one) => one[0] <= number);
}

/** The groups as they are after this moment: of each option the value and where it came from. */
function drawGroups(parts) {
  const begun = tableAt(now);
  $("groups").hidden = !begun;
  if (!begun) return;
  const [optimizer, groups] = story.tables[begun[1]];
  const current = parts.length ? story.parts[parts[parts.length - 1]][4] : -1;
  const changes = begun[0] === now ? begun[2] : [];
  const key = [begun[0], begun[0] === now, current, narrow.matches].join();
  if (key === groupsShown) return; // as it stands there already
  groupsShown = key;
  const all_names = [...new Set(groups.flatMap((group) => group[2].map((option) => option[0])))];
  const names = all_names.filter((name) => !groups.every((group) => isOwn(group[2].find((option) => option[0] === name))));
  const rest = all_names.filter((name) => !names.includes(name)).map((name) => `${name} ${groups[0][2].find((option) => option[0] === name)[1]}`);
  const mark = (cell, group) => { if (group[0] === current) cell.className = "current"; return cell; };
  const members = (group) => group[1].map((i) => make("div", {}, chooser(i), " ", make("span", { class: "quiet" }, story.parameters[i][1])));
  const change = (group, name) => changes.find((one) => one[0] === group[0] && one[1] === name);
  const line = (some, name) => row(code(name), ...some.map((group) => cell(group, name, change(group, name))));
  const part = (some, caption, heads) => {
    const rows = [row("parameters", ...some.map(members)), ...names.map((name) => line(some, name))];
    for (const made of rows) some.forEach((group, i) => mark(made.children[i + 1], group));
    return table(caption, heads, rows, "groups");
  };
  const tables = narrow.matches ? groups.map((group) => part([group], `${optimizer}, group ${group[0]}`, ["option", "value and where it came from"]))
    : [part(groups, `${optimizer}: who is where, and whose each value is`, ["option", ...groups.map((group) => `group ${group[0]}`)])];
  $("grouptable").replaceChildren(...tables,
    rest.length ? make("p", { class: "quiet" }, `In every group ${optimizer}'s own default: ${rest.join(", ")}.`) : "", ...historyOf(optimizer));
}

/** Whether nobody chose an option's value: it is the class's own. */
const isOwn = (option) => option !== undefined && option[2].endsWith("'s own default");

/** One option's value and origin; what someone chose for the group stands out, and what this moment changed. */
function cell(group, name, change) {
  const option = group[2].find((other) => other[0] === name);
  if (!option) return "–";
  const value = make("span", { class: /default$|^from [^ ]*\(/.test(option[2]) ? "" : "chosen" }, option[1], make("span", { class: "origin" }, option[2]));
  return change ? [value, " ", badge(change[2] === null ? "new" : `was ${change[2]}`)] : value;
}

/** What changed an option, as links to the lines that did. */
function historyOf(optimizer) {
  const said = story.begins.filter((one) => story.tables[one[1]][0] === optimizer).flatMap(([at, , changes]) => changes.map((change) => [at, change]));
  if (!said.length) return [];
  const items = said.slice(0, 200).map(([at, [group, name, was, value, origin]]) => make("li", {},
    link(at, stepOf(at)), ` ${name} of group ${group}: ${was === null ? "none" : was} → ${value}, ${origin}`));
  return [make("details", {}, make("summary", {}, `Options that changed (${said.length})`), make("ul", {}, ...items))];
}

/** The outermost part of the outline that a scene is in, in short: "Step 2". */
const stepOf = (number) => story.parts[partsAt(number)[0]]?.[1].split(",")[0] ?? "";

// ---- one parameter --------------------------------------------------------------------------------------

/** The update that tells most about a parameter now: that of this step, or the last before, or the first. */
function updateAt(parameter) {
  const mine = story.updates.filter((one) => one.parameter === parameter);
  const step = partsAt(now)[0];
  return mine.find((one) => partsAt(one.scene)[0] === step) ?? mine.filter((one) => one.scene <= now).pop() ?? mine[0];
}

function drawParameter(one) {
  if (following && one.parameter >= 0 && [LEAF, LINE, MOVED, IDLE].includes(one.kind)) chosen = one.parameter;
  if (chosen < 0 && story.parameters.length) chosen = story.updates[0]?.parameter ?? 0;
  $("about-parameter").hidden = chosen < 0;
  if (chosen < 0) return;
  const picker = $("parameter");
  if (!picker.options.length) picker.append(...story.parameters.map(([name], i) => make("option", { value: String(i) }, name)));
  picker.value = String(chosen);
  $("follow").checked = following;
  const [name, size, dtype] = story.parameters[chosen];
  const update = updateAt(chosen);
  const group = groupOf(chosen);
  const key = [chosen, update?.scene, group].join();
  if (key === parameterShown) return;
  parameterShown = key;
  const head = make("p", {}, code(name), ` ${size} ${dtype}` + (group === null ? ", in no group" : `, in group ${group}`));
  if (!update) {
    $("parameterbody").replaceChildren(head, make("p", { class: "quiet" }, "It has not moved in any recorded step: no gradient came to it."));
    return;
  }
  $("parameterbody").replaceChildren(head, ...timelines(chosen, update), ...aboutUpdate(update));
}

/** The group that a parameter is in: now, or where that is yet to come, at first. */
function groupOf(parameter) {
  const tables = [tableAt(now)?.[1], ...story.begins.map((one) => one[1])];
  for (const table of tables) {
    const group = story.tables[table]?.[1].find((group) => group[1].includes(parameter));
    if (group) return group[0];
  }
  return null;
}

/** How large a change is beside what it changes. */
function ratioOf(change, value) {
  if (change === null || !value) return "";
  const times = change / value;
  return times > 10 ? ` That is ${Number(times.toPrecision(2))} times its own size.` : ` That is ${(100 * times).toPrecision(3)} % of its own size.`;
}

/** Of a large array a sample is recorded, and what is said of the change is said of that. */
const ofSample = (update) => update.sampled ? ` (of the ${update.sampled[0]} recorded of its ${update.sampled[1]} elements)` : "";

/** What one step did to it: gradient, state, the shares of the change, the proof. */
function aboutUpdate(update) {
  const step = stepOf(update.scene);
  const moved = make("p", {}, link(update.scene, step), ...explained(`: it moved by ${update.change ? update.change[1] || text(update.change[0]) : "?"}${ofSample(update)}.${ratioOf(update.norms[1], update.norms[2])}`));
  const made = update.made.length ? [make("p", { class: "quiet" }, "Its gradient ", code(text(update.gradient)), " was made by"), make("ul", { class: "quiet" }, ...update.made.map((one) => make("li", {}, ...linked(text(one), update.scene))))] : [];
  const rows = update.rows.map(([what, before, after]) => row(code(what), code(text(before)), code(text(after))));
  const options = update.options.map(([name, value, origin]) => row(code(name), code(value), origin));
  const shares = update.terms.map(([what, share, size, without, left]) => row(what, [code(text(share)), " ", size], without < 0 ? "" : [code(text(without)), " ", left]));
  const [holds, words] = update.proof;
  const mark = holds === 1 ? "Proved: " : holds === 0 ? "Fails: " : "Not proved: ";
  const last = placeOf(scene(update.scene));
  const by = holds === 1 && last ? make("p", {}, "The line that gave its new value: ", link(update.scene, `${shortName(last)}:${last[1]}`), " ", code(sourceText(last).trim().split("\n")[0])) : null;
  return [moved, by,
    table(`Before and after ${step.toLowerCase()}`, ["what", "before", "after"], rows, "stack"),
    shares.length ? table("What the change is made of", ["what", "its share", "the change without it"], [row("the whole change", [code(text(update.change[0])), " ", update.change[1]], ""), ...shares], "stack") : null,
    shares.length && update.rows.some(([what, before]) => what.startsWith("state ") && before >= 0) ? make("p", { class: "quiet" }, `Without an option: with it off in this step alone. What it did in earlier steps is still in the state (${update.rows.slice(1).map(([what]) => what.replace("state ", "")).join(", ")}).`) : null,
    update.sum === undefined ? null : make("p", { class: "quiet" }, Number(update.sum) === 0 ? "The shares add up to the change exactly." : `The shares add up to the change within ${update.sum}.`),
    make("p", { class: holds === 1 ? "holds" : holds === 0 ? "fails" : "quiet" }, mark + text(words) + "."),
    options.length ? table("Options used, and where each came from", ["option", "value", "origin"], options, "stack") : null,
    ...made].filter(Boolean);
}

/** Its gradient, its update and its value over the recorded steps, as norms; each point is a link. */
function timelines(parameter, current) {
  const mine = story.updates.filter((one) => one.parameter === parameter);
  const all = ["gradient", "update", "value"].map((what, which) => {
    const points = mine.map((one) => one.norms[which]);
    return make("figure", {}, make("figcaption", {}, what, " ", make("span", { class: "quiet" }, `${points[mine.indexOf(current)] ?? "?"}`)), sparkline(mine, points, current, what));
  });
  return [make("p", { class: "quiet small" }, `Over ${mine.length === 1 ? "the recorded step" : `the ${mine.length} steps in which it moved`}, each as its `, norm(), ` (the root of the sum of squares${mine[0].sampled ? ` of the ${mine[0].sampled[0]} elements recorded` : ""}):`), make("div", { class: "timelines" }, ...all)];
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

const opened = new Set(); // the parts that the reader opened: they stay open

function outlineItem(number) {
  const [depth, title, first] = story.parts[number];
  const leaf = story.parts[number + 1] === undefined || story.parts[number + 1][0] <= depth;
  const made = make("li", { class: leaf ? "leaf" : null }, leaf ? link(first, title) : make("details", {}, make("summary", {}, link(first, title)), make("ul", {})));
  items.set(number, made);
  if (leaf) return made;
  const branch = made.firstChild;
  branch.ontoggle = (event) => event.target === branch && fill(made, number);
  branch.firstChild.onclick = (event) => {
    if (event.target.closest("a")) return;
    if (branch.open) opened.delete(number); else opened.add(number);
  };
  return made;
}

function fill(item, number) {
  const list = item.querySelector("ul");
  if (!list.children.length) list.append(...inside(number).map(outlineItem));
}

/** Open the outline where we are, and mark the place. */
function markOutline(parts) {
  for (const old of $("tree").querySelectorAll("[aria-current]")) old.removeAttribute("aria-current");
  for (const [number, item] of items) {
    const branch = item.firstChild;
    if (branch.open && !parts.includes(number) && !opened.has(number)) branch.open = false;
  }
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
