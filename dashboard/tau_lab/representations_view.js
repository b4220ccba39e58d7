// The representations page's part of the lab: layers of one or two models in the plane. Moving through
// layers moves the points, moving tau recolours them, and what is lassoed is selected in both.

import { element } from "./elements.js";
import { countKinds, createEcho, kindsOf, nearest, placesBetween, pointsOf } from "./layers.js";
import { percent, plain, times } from "./numbers.js";
import { drawFigure, loadPlotly } from "./plot.js";
import { tensorsAt } from "./systems.js";

const GLIDE = 400; // milliseconds from layer to layer
const MOST_NAMED = 9; // kinds in a legend

export function representationsView(container, lab) {
  container.innerHTML = `
    <div class="lab-line lab-layer"><label for="lab-layer">layer</label>
      <input type="range" id="lab-layer" data-testid="layer-range" min="0" step="1" />
      <output data-testid="readout-layer"></output></div>
    <div class="lab-panels"></div><div class="lab-plot"></div>
    <p class="lab-point" role="status" data-testid="lab-point"></p>`;
  const find = (selector) => container.querySelector(selector);
  const [slider, heads, plot, said] = [".lab-layer input", ".lab-panels", ".lab-plot", ".lab-point"].map(find);
  const echoes = { layer: createEcho(), ids: createEcho() };
  const view = { selected: null, marked: null };
  let figure;
  let drawn;

  const draw = createThrottle(() => redraw(view, lab, plot, heads));

  const goTo = (depth, glide) => {
    const from = view.panels.map(({ at }) => at);
    view.depth = depth;
    slider.value = lab.data.depths.indexOf(depth);
    slider.setAttribute("aria-valuetext", `after layer ${depth}`);
    find("[data-testid=readout-layer]").textContent = depth;
    const started = performance.now();
    view.panels.forEach((panel, p) => {
      panel.from = from[p];
      panel.at = nearest(panel.layers, depth);
    });
    const moves = view.panels.some(({ from, at }) => from !== at);
    const still = !glide || !moves || matchMedia("(prefers-reduced-motion: reduce)").matches;
    view.share = () => (still ? 1 : Math.min(1, (performance.now() - started) / GLIDE));
    draw();
  };

  const select = (ids) => {
    view.selected = pointsOf(view.tensors.ids, ids);
    echoes.ids.send(ids.join());
    lab.tell("ids", ids);
    draw();
  };

  slider.addEventListener("input", () => goTo(lab.data.depths[slider.value], true));
  slider.addEventListener("change", () => {
    echoes.layer.send(view.depth);
    lab.send("layer", view.depth);
  });

  const wire = () => {
    const idOf = ({ pointIndex }) => view.tensors.ids[pointIndex];
    const unlessClearing = (act) => (event) => view.clearing || act(event);
    plot.on("plotly_selected", unlessClearing((event) => event && select([...new Set(event.points.map(idOf))])));
    plot.on("plotly_deselect", unlessClearing(() => select([])));
    plot.on("plotly_click", ({ points }) => select([idOf(points[0])]));
    plot.on("plotly_hover", ({ points }) => (said.textContent = sentence(view, lab, points[0].pointIndex)));
    plot.on("plotly_unhover", () => (said.textContent = ""));
  };

  return {
    update: async () => {
      const { data } = lab;
      await tensorsAt(data.layers).then((tensors) => Object.assign(view, { tensors }));
      view.Plotly = await loadPlotly(data.plotly);
      view.panels = data.panels.map((about, p) => ({
        ...about,
        places: view.tensors[`${p}/places`],
        answers: view.tensors[`${p}/answers`],
        at: nearest(about.layers, data.layer),
      }));
      // tau changes nothing here unless it decides the colours; each picture says what it buys.
      container.closest(".lab").querySelector(".lab-drive").hidden = !data.colour.moving;
      container.closest(".lab").querySelector(".lab-cards").hidden = true;
      heads.replaceChildren(...view.panels.map(createHead));
      slider.max = data.depths.length - 1;
      find(".lab-layer").hidden = data.depths.length < 2;
      if (drawn !== data.figure) {
        const { figureLabel: label, fileName, plotly } = data;
        const csv = () => numbers(view, lab);
        const tools = ["lasso2d", "select2d"];
        figure = await drawFigure(plot, data.figure, { plotly, label, fileName, csv, tools });
        Object.assign(view, { places: null, kinds: null, marked: null });
        if (!drawn) wire();
        drawn = data.figure;
      } else figure.recolour();
      if (echoes.ids.news(data.selection.join())) view.selected = pointsOf(view.tensors.ids, data.selection);
      if (echoes.layer.news(data.layer) || !data.depths.includes(view.depth)) view.depth = data.layer;
      goTo(view.depth, false);
    },
    show: () => lab.data.colour.moving && draw(),
    remove: () => {
      draw.stop();
      figure?.remove();
    },
  };
}

/** Draw what has changed, in one call of plotly.js; returns whether the points have arrived. */
async function redraw(view, lab, plot, heads) {
  const { tensors, panels, selected } = view;
  const share = view.share();
  const smooth = share * share * (3 - 2 * share);
  const traces = {};
  const layout = {};
  const kinds = panels.map((panel) => kindsNow(view, lab, panel));
  panels.forEach((panel, p) => showHead(heads.children[p], lab, panel, kinds[p]));
  const places = panels.map(({ from, at }) => [from, at, from === at ? 1 : smooth]).join();
  if (places !== view.places) {
    const axes = panels.map((panel) => placesBetween(panel, panel.from, panel.at, smooth, tensors.drawn.length));
    traces.x = axes.map(([x]) => x);
    traces.y = axes.map(([, y]) => y);
    panels.forEach(({ titles, at }, p) => (layout[`annotations[${p}].text`] = titles[at]));
  }
  if (!panels.every((panel, p) => sameKinds(kinds[p], view.kinds?.[p]) && panel.paints === view.paints?.[p])) {
    traces["marker.color"] = panels.map(({ paints }, p) => Array.from(kinds[p], (kind) => paints.at(kind)[1]));
  }
  if (plot.layout.selections?.length) {
    // Points move away from under the line that was drawn around them, but stay selected.
    view.clearing = true;
    await view.Plotly.relayout(plot, { selections: [] });
    view.clearing = false;
    view.marked = undefined;
  }
  if (selected !== view.marked) traces.selectedpoints = panels.map(() => selected);
  if (Object.keys(traces).length) await view.Plotly.update(plot, traces, layout);
  Object.assign(view, { places, kinds, paints: panels.map(({ paints }) => paints), marked: selected });
  plot.dataset.drawn = Number(plot.dataset.drawn ?? 0) + 1;
  plot.dataset.selected = selected?.length ?? 0;
  return share === 1;
}

function sameKinds(kinds, others) {
  return kinds.length === others?.length && kinds.every((kind, m) => kind === others[m]);
}

function kindsNow({ tensors }, lab, panel) {
  const system = lab.systems[panel.system];
  return kindsOf(lab.data.colour.by, panel, panel.at, tensors, system, lab.now?.[panel.system]?.left);
}

/** Call `work` whenever asked, but with as much rest between calls as one takes; the last always runs. */
function createThrottle(work) {
  let asked = false;
  let busy = false;
  let stopped = false;
  const run = async () => {
    busy = true;
    asked = false;
    const begun = performance.now();
    asked = !(await work()) || asked;
    const rest = Math.max(16, performance.now() - begun);
    setTimeout(() => {
      busy = false;
      if (asked && !stopped) run();
    }, rest);
  };
  const ask = () => {
    asked = true;
    if (!busy) run();
  };
  ask.stop = () => (stopped = true);
  return ask;
}

function createHead() {
  const head = document.createElement("section");
  head.innerHTML = `<dl class="lab-facts"></dl><div class="lab-does"></div><ul class="lab-legend"></ul>`;
  return head;
}

function showHead(head, { data, systems, now }, { facts, at, paints, layers, system }, kinds) {
  const [list, does, legend] = head.children;
  does.hidden = !data.colour.moving;
  if (data.colour.moving && now) does.textContent = doing(systems[system].name, now[system], data.metricTitle);
  head.dataset.layer = layers[at];
  list.replaceChildren(...facts[at].map(([title, value, note, explained]) => {
    const item = document.createElement("div");
    item.title = explained;
    const said = element("dd", value);
    said.append(element("small", note));
    item.append(element("dt", title), said);
    return item;
  }));
  const counts = countKinds(kinds, paints.length - 1);
  const there = counts.map((count, kind) => ({ count, ...paint(paints[kind]) })).filter(({ count }) => count);
  const named = there.length > MOST_NAMED ? [...there].sort((a, b) => b.count - a.count).slice(0, MOST_NAMED - 1) : there;
  const rest = there.length - named.length;
  legend.replaceChildren(...named.map(({ name, color, count }) => {
    const item = element("li", `${name} `);
    const dot = element("i", "");
    dot.className = "lab-dot";
    dot.style.background = color;
    item.prepend(dot);
    item.append(element("b", count));
    return item;
  }), ...(rest ? [element("li", `and ${rest} more`)] : []));
}

function doing(name, now, metric) {
  if (!now) return `${name} cannot be this fast.`;
  return `${name} at τ ${plain(now.threshold)}: ${times(now.speedup)}, ${metric} ${percent(now.score)}`;
}

const paint = ([name, color]) => ({ name, color });

/** What is known of one point, in words. */
function sentence(view, lab, m) {
  const { tensors, panels } = view;
  const { labels, colour } = lab.data;
  const truth = tensors.label[m] < 0 ? "" : `, truly “${labels[tensors.label[m]]}”`;
  const parts = panels.map((panel) => {
    const answer = panel.answers[panel.at * tensors.drawn.length + m];
    const kind = panel.paints.at(kindsNow(view, lab, panel)[m])[0];
    const said = answer < 0 ? "" : ` says “${labels[answer]}” after ${panel.layers[panel.at]}`;
    return `${panel.model}${said}${colour.moving ? ` (${lab.systems[panel.system].name}: ${kind})` : ""}`;
  });
  return `Example ${tensors.ids[m]}${truth} · ${parts.join(" · ")}`;
}

/** What the CSV button of the figure saves: every point of every panel as it lies now. */
function numbers(view, lab) {
  const { tensors, panels } = view;
  const rows = [["id", "model", "layer", "x", "y", "label", "answer", "colour"]];
  const name = (code) => lab.data.labels[code] ?? "";
  for (const panel of panels) {
    const points = tensors.drawn.length;
    const [x, y] = placesBetween(panel, panel.at, panel.at, 1, points);
    const kinds = kindsNow(view, lab, panel);
    for (let m = 0; m < points; m++) {
      const answer = panel.answers[panel.at * points + m];
      const kind = panel.paints.at(kinds[m])[0];
      rows.push([tensors.ids[m], panel.model, panel.layers[panel.at], x[m], y[m], name(tensors.label[m]), name(answer), kind]);
    }
  }
  return rows;
}
