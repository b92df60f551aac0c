// What is drawn: the map with its paths, the losses, the words.

// ---- elements -------------------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "path", "rect", "g", "circle", "line", "text", "clipPath", "defs"]);
const LETTERS = ["a", "b", "c"];
const OUTSIDE = { left: 46, right: 8, top: 8, bottom: 24 }; // of the map, for its numbers

/** An element with these attributes and children. Texts stay texts: nothing becomes markup. */
function make(tag, attributes = {}, ...children) {
  const made = DRAWN.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const [WIDE, HIGH] = data.size;

// ---- numbers as words -----------------------------------------------------------------------------------

/** A number with all its digits; 1e-7 rather than a row of noughts. */
const exact = (number) => (number !== 0 && Math.abs(number) < 1e-3 ? number.toExponential() : String(number));
/** A number in so many digits. */
const brief = (number, digits = 4) => exact(Number(number.toPrecision(digits)));

function nameOf(setting) {
  const algorithm = algorithmOf(setting), momentum = algorithm.momenta[setting.momentum];
  const said = [algorithm.name, "lr " + data.lrs[setting.lr]];
  if (algorithm.memory === "momentum") said.push("momentum " + momentum);
  if (algorithm.memory === "betas") said.push("beta1 " + momentum);
  if (data.decays[setting.decay] !== "0") said.push("decay " + data.decays[setting.decay]);
  if (data.factors[setting.factor] !== "1") said.push("lr " + algorithm.yLrs[placeOf(setting)] + " for y");
  return said.join(", ");
}

/** Where a path is at the step at hand, rounded as drawn; at its end, exactly. */
function pointOf(setting) {
  const path = pathOf(setting), on = data.surfaces[surface], at = Math.min(step, path.last);
  if (at === path.last) {
    const end = endOf(setting);
    return { x: brief(end.x), y: brief(end.y), loss: brief(end.loss) };
  }
  const place = (axis, number) => (on.low[axis] + number / data.finest * (on.high[axis] - on.low[axis])).toFixed(on.decimals);
  const loss = on.lowest + data.floor * Math.sinh(path.height[at] / data.heights);
  return { x: place(0, path.x[at]), y: place(1, path.y[at]), loss: brief(loss, 3) };
}

/** One path at the step at hand, in words. */
function sentence(setting) {
  const path = pathOf(setting), { x, y, loss } = pointOf(setting);
  const where = `(${x}, ${y}), loss ${loss}`;
  if (path.left && step > path.last) return `it left the range at step ${path.last + 1}; before, it was at ${where}`;
  return `after ${step} step${step === 1 ? "" : "s"} at ${where}`;
}

/** The sentence, with its points and small numbers in one piece each. */
function unbroken(said) {
  return said.split(/(\([^()]*\)|\S*e-\d+)/).map((part, i) => (i % 2 ? make("span", { class: "unbroken" }, part) : part));
}

// ---- all ------------------------------------------------------------------------------------------------

function drawAll() {
  drawSetting();
  drawMap();
  drawCurve();
  drawEnds();
  drawCode();
  for (const link of $("tries").querySelectorAll("a")) {
    if (link.getAttribute("href") === address()) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
  }
  drawStep();
}

/** What changes from step to step. */
function drawStep() {
  $("step").value = String(step);
  $("step").setAttribute("aria-valuetext", `step ${step} of ${data.steps}`);
  $("stepsaid").textContent = "step " + step;
  drawPaths();
  const x = curveX(step);
  $("curve").querySelector(".at").setAttribute("d", `M${x} 6V${CURVE.high - 20}`);
  drawNow();
}

function drawNow() {
  const first = `${nameOf(chosen)} on ${data.surfaces[surface].name}: ${sentence(chosen)}.`;
  const others = timer ? [] : pinned.map((setting) => `${nameOf(setting)}: ${sentence(setting)}.`);
  $("now").replaceChildren(...[first, ...others].map((said) => make("p", {}, ...unbroken(said))));
}

// ---- the setting ----------------------------------------------------------------------------------------

function drawSetting() {
  const algorithm = algorithmOf(chosen), on = data.surfaces[surface];
  $("surface").value = String(surface);
  $("algorithm").value = String(chosen.algorithm);
  $("formula").replaceChildren(make("code", {}, on.formula), " ", on.about);
  $("about").textContent = algorithm.about;
  slide("lr", data.lrs, data.lrs[chosen.lr]);
  const momentum = algorithm.momenta[chosen.momentum];
  slide("momentum", algorithm.momenta, algorithm.memory === "betas" ? `(${momentum}, 0.999)` : algorithm.memory ? momentum : "none");
  $("momentum").disabled = algorithm.momenta.length < 2;
  $("momentumname").textContent = algorithm.memory || "momentum";
  slide("decay", data.decays, data.decays[chosen.decay]);
  slide("factor", data.factors, `× ${data.factors[chosen.factor]} = ${algorithm.yLrs[placeOf(chosen)]}`);
  const known = pinned.some((one) => same(one, chosen));
  $("pin").disabled = known || pinned.length >= MOST - 1;
  $("pin").textContent = known ? "Pinned" : pinned.length >= MOST - 1 ? "Two pinned" : "Pin this path";
  $("unpin").disabled = !pinned.length;
}

/** A slider over the grid's values. */
function slide(option, texts, said) {
  $(option).max = String(texts.length - 1);
  $(option).value = String(chosen[option]);
  $(option).setAttribute("aria-valuetext", said);
  $(option + "said").textContent = said;
}

// ---- the map --------------------------------------------------------------------------------------------

const [LEFT, TOP] = [OUTSIDE.left, OUTSIDE.top];

/** A place of the surface on the map. */
const mapX = (x) => LEFT + (x - data.surfaces[surface].box[0]) / (data.surfaces[surface].box[1] - data.surfaces[surface].box[0]) * WIDE;
const mapY = (y) => TOP + (data.surfaces[surface].box[3] - y) / (data.surfaces[surface].box[3] - data.surfaces[surface].box[2]) * HIGH;
/** The same from a path's numbers: the range is three times the picture, and begins one picture before it. */
const pathX = (number) => LEFT + (3 * number / data.finest - 1) * WIDE;
const pathY = (number) => TOP + (2 - 3 * number / data.finest) * HIGH;

let mapOf = -1; // the surface drawn

function drawMap() {
  if (mapOf !== surface) {
    mapOf = surface;
    const on = data.surfaces[surface];
    $("map").setAttribute("viewBox", `0 0 ${WIDE + LEFT + OUTSIDE.right} ${HIGH + TOP + OUTSIDE.bottom}`);
    const frame = { x: LEFT, y: TOP, width: WIDE, height: HIGH };
    $("map").replaceChildren(
      make("defs", {}, make("clipPath", { id: "inside" }, make("rect", frame))),
      make("g", { "clip-path": "url(#inside)" }, make("rect", { ...frame, style: "fill: var(--high)" }), regions(on.bands), ...marks(on)),
      make("g", { id: "lines", "clip-path": "url(#inside)" }),
      make("rect", { ...frame, class: "frame" }), ...numbers(on), make("g", { id: "heads" }));
  }
}

/** The landscape: each region lies on the one before, and is lower. */
function regions(bands) {
  const shade = (i) => `fill: color-mix(in oklab, var(--low) ${Math.round(100 * (i + 1) / bands.length)}%, var(--high))`;
  const drawn = bands.map(([, outline], i) => make("path", { class: "region", d: outline, style: shade(i), "fill-rule": "evenodd" }));
  return make("g", { transform: `translate(${LEFT} ${TOP}) scale(0.1)` }, ...drawn);
}

/** Minima and saddles, and where the paths start. */
function marks(on) {
  const at = ([x, y], form, kind) => make("path", { class: kind, d: `M${mapX(x)} ${mapY(y)}${form}` });
  return [
    ...on.minima.map((point) => at(point, "m-7 0h14m-7 -7v14", "mark")),
    ...on.saddles.map((point) => at(point, "m-5 -5l10 10m0 -10l-10 10", "mark")),
    make("circle", { class: "start", cx: mapX(on.start[0]), cy: mapY(on.start[1]), r: 5 }),
  ];
}

/** The numbers along the axes. */
function numbers(on) {
  const [xs, ys] = on.ticks, bottom = TOP + HIGH;
  return [
    ...xs.map(([said, x]) => make("text", { class: "tick x", x: mapX(x), y: bottom + 18 }, said)),
    ...ys.map(([said, y]) => make("text", { class: "tick y", x: LEFT - 6, y: mapY(y) + 4 }, said)),
    make("text", { class: "name", x: LEFT + WIDE - 14, y: bottom - 8 }, "x"),
    make("text", { class: "name", x: LEFT + 8, y: TOP + 18 }, "y"),
  ];
}

/** All paths up to the step at hand; the chosen one on top. */
function drawPaths() {
  const lines = [], heads = [];
  all().forEach((setting, i) => {
    const path = pathOf(setting), count = Math.min(step, shownEnd(path)) + 1;
    const points = [];
    for (let k = 0; k < count; k++) points.push(`${pathX(path.x[k]).toFixed(1)} ${pathY(path.y[k]).toFixed(1)}`);
    const line = "M" + points.join("L");
    const dots = points.slice(0, path.last + 1).map((point) => `M${point}h0`).join("");
    lines.unshift(make("g", {}, make("path", { class: "line halo", d: line }), make("path", { class: "line ink " + LETTERS[i], d: line }),
      make("path", { class: "dots " + LETTERS[i], d: dots })));
    heads.unshift(head(pathX(path.x[count - 1]), pathY(path.y[count - 1]), LETTERS[i]));
  });
  $("lines").replaceChildren(...lines);
  $("heads").replaceChildren(...heads);
}

/** The letter where a path is now; at the edge if it is outside the picture. */
function head(x, y, letter) {
  const [cx, cy] = [Math.max(LEFT, Math.min(LEFT + WIDE, x)), Math.max(TOP, Math.min(TOP + HIGH, y))];
  return make("g", {}, make("circle", { class: "head " + letter, cx, cy, r: 8 }),
    make("text", { class: "letter", x: cx, y: cy + 4 }, letter.toUpperCase()));
}

// ---- the losses -----------------------------------------------------------------------------------------

const CURVE = { wide: 340, high: 150, left: 44 };
const curveX = (at) => CURVE.left + at / data.steps * (CURVE.wide - CURVE.left - 6);

/** Each path's loss above the surface's lowest, by step, on an axis of powers of ten. */
function drawCurve() {
  const paths = all().map(pathOf), heights = paths.flatMap((path) => path.height.slice(0, path.last + 1));
  const highest = Math.max(...heights), lowest = Math.min(...heights), bottom = CURVE.high - 20;
  const [low, high] = [Math.max(0, lowest - 300), highest + 300];
  const y = (height) => 6 + (high - height) / (high - low) * (bottom - 6);
  const shown = data.decades.filter(([, height]) => height >= low && height <= high);
  const every = Math.ceil(shown.length / 6);
  const grid = shown.filter((_, i) => i % every === 0).flatMap(([said, height]) => [
    make("path", { class: "grid", d: `M${CURVE.left} ${y(height)}H${CURVE.wide - 6}` }),
    make("text", { class: "tick", x: CURVE.left - 5, y: y(height) + 4 }, said)]);
  const steps = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * data.steps));
  const below = steps.map((at) => make("text", { class: "tick x", x: curveX(at) - (at === data.steps ? 6 : 0), y: CURVE.high - 4 }, at));
  const lines = paths.map((path, i) => {
    const points = path.height.slice(0, path.last + 1).map((height, at) => `${curveX(at).toFixed(1)} ${y(height).toFixed(1)}`);
    return make("path", { class: "line ink " + LETTERS[i], d: "M" + points.join("L") + (points.length === 1 ? "h0" : "") });
  });
  $("curve").setAttribute("viewBox", `0 0 ${CURVE.wide} ${CURVE.high}`);
  $("curve").replaceChildren(...grid, ...below, make("path", { class: "at" }), ...lines.reverse());
  $("curvesaid").textContent = `How far above the surface's lowest, ${data.surfaces[surface].lowest}; by powers of ten down to ${data.decades[0][0]}.`;
}

// ---- words ----------------------------------------------------------------------------------------------

/** Each path: where it ends, with which loss, and how soon it was down. */
function drawEnds() {
  $("paths").replaceChildren(...all().map((setting, i) => {
    const end = endOf(setting), path = pathOf(setting);
    const fact = (name, said, kind = "") => [make("dt", {}, name), make("dd", { class: kind }, said)];
    const facts = path.left
      ? [...fact("ends", `left the range at step ${path.last + 1}`, "left"), ...fact("before", `(${exact(end.x)}, ${exact(end.y)})`), ...fact("loss", exact(end.loss))]
      : [...fact("ends at", `(${exact(end.x)}, ${exact(end.y)})`), ...fact("loss", exact(end.loss)),
        ...fact("99 % down", end.down < 0 ? "not in " + data.steps + " steps" : "first at step " + end.down)];
    const mark = make("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, make("circle", { class: "head " + LETTERS[i], cx: 10, cy: 10, r: 9 }),
      make("text", { class: "letter", x: 10, y: 14 }, LETTERS[i].toUpperCase()));
    const away = make("button", { "aria-label": "Unpin " + nameOf(setting) }, "Unpin");
    away.onclick = () => unpin(i - 1);
    return make("li", {}, mark, make("div", { class: "title" }, nameOf(setting)), i ? away : make("span"), make("dl", {}, ...facts));
  }));
}

/** The program that goes the chosen path. */
function drawCode() {
  const [before, after] = data.surfaces[surface].program;
  $("code").replaceChildren(before, make("mark", {}, algorithmOf(chosen).codes[placeOf(chosen)]), after);
}

begin();
