// The reliability page's part of the lab: diagrams of one exit and of all, and their errors, for the
// answers that are let go at tau. What moves is drawn as shapes, in 10 ms; the traces under them,
// which take plotly.js 50 ms, are unseen: they follow when tau rests, for whoever points at a bin.

import { answersGiven, reliability } from "./calibration.js";
import { replay } from "./curve.js";
import { element } from "./elements.js";
import { percent } from "./numbers.js";
import { drawFigure } from "./plot.js";

const BINS = 15;
const TRIED = 24; // thresholds at which it is looked how high histograms become
const REST = 200; // milliseconds without a move
const COLUMNS = ["answers", "n", "accuracy", "mean confidence", "ECE"];

export function reliabilityView(container, lab) {
  container.innerHTML = `
    <div class="lab-plot"></div>
    <div class="lab-scroll" tabindex="0" role="region" aria-label="Errors at this threshold">
    <table class="lab-table" data-testid="lab-errors"><thead><tr></tr></thead><tbody></tbody></table></div>`;
  const plot = container.querySelector(".lab-plot");
  const [head, body] = ["thead tr", "tbody"].map((part) => container.querySelector(part));
  head.replaceChildren(...COLUMNS.map((name) => element("th", name)));
  let figure;
  let drawn;
  let tops; // of the histograms' axes: they stay put while tau moves
  let resting;

  return {
    update: async () => {
      const { figure: address, figureLabel: label, fileName, plotly, reliability: asked } = lab.data;
      if (drawn === address) return figure.recolour();
      figure = await drawFigure(plot, address, { plotly, label, fileName, csv: () => numbers(lab) });
      figure.whenClicked((point) => lab.tell("point", point));
      drawn = address;
      lab.ofExit = diagram(lab, new Uint16Array(lab.focus.instances).fill(asked.exit));
      tops = null;
    },
    show: () => {
      const found = moving(lab, leftAtTau(lab));
      const { lowest, names } = lab.data.reliability;
      const before = tops;
      tops = (tops ?? highest(lab)).map((top, i) => Math.max(top, fullest(found[i])));
      const grown = String(tops) === String(before) ? {} : rangesOf(figure, tops);
      figure.setShapes(shapesOf(figure, found, lowest), grown);
      clearTimeout(resting);
      resting = setTimeout(() => setTraces(figure, found, lowest), REST);
      body.replaceChildren(...[lab.ofExit, ...found].map((one, i) => rowOf(names[i], one)));
    },
    remove: () => {
      clearTimeout(resting);
      figure?.remove();
    },
  };
}

const leftAtTau = (lab) => lab.now[lab.systems.indexOf(lab.focus)].left;

const diagram = ({ focus, data }, left, exit) =>
  reliability(answersGiven(focus, left, exit), BINS, data.reliability.scheme);

// What the exit lets go of, and what all exits do.
const moving = (lab, left) => [diagram(lab, left, lab.data.reliability.exit), diagram(lab, left)];

const fullest = ({ bins }) => bins.reduce((most, { count }) => Math.max(most, count), 1);

function highest(lab) {
  const { breakpoints, lowest } = lab.focus.curve;
  const tried = Array.from({ length: TRIED + 1 }, (_, i) => {
    return i ? breakpoints[Math.ceil((i * breakpoints.length) / TRIED) - 1] ?? lowest : lowest;
  });
  const found = tried.map((tau) => moving(lab, replay(lab.focus, tau)).map(fullest));
  return [0, 1].map((panel) => Math.max(...found.map((tops) => tops[panel])));
}

// The figure's traces say in `meta` which part of which diagram they are: the first one, of all
// examples, is drawn by Python. `fill(trace, bins, place)` is called for all others.
function movingTraces(figure, found, fill) {
  return figure.element.data.flatMap((trace, place) => {
    const diagram = trace.meta?.diagram;
    return diagram ? fill(trace, found[diagram - 1].bins.filter(({ count }) => count), place) : [];
  });
}

function shapesOf(figure, found, lowest) {
  return movingTraces(figure, found, ({ meta: { part }, marker, xaxis: xref, yaxis: yref }, bins) => {
    const look = { xref, yref, fillcolor: marker.color, line: marker.line ?? { width: 0 } };
    if (part !== "confidence") {
      const boxes = bins.map((bin) => boxOf(part, bin, lowest)).filter(({ y0, y1 }) => y1 > y0);
      return boxes.map((box) => ({ type: "rect", ...look, ...box }));
    }
    return bins.map(({ confidence, accuracy }) => ({
      type: "path", path: "M-4.5,0L0,-4.5L4.5,0L0,4.5Z", ...look,
      xsizemode: "pixel", ysizemode: "pixel", xanchor: 100 * confidence, yanchor: 100 * accuracy,
    }));
  });
}

const HEIGHTS = {
  accuracy: ({ accuracy }) => [0, 100 * accuracy],
  right: ({ right }) => [0, right],
  wrong: ({ right, count }) => [right, count],
};

// No bin is drawn from below the least confidence that is shown.
function boxOf(part, bin, lowest) {
  const [y0, y1] = HEIGHTS[part](bin);
  const lower = Math.min(Math.max(bin.lower, lowest), bin.upper);
  return { x0: 100 * lower, x1: 100 * bin.upper, y0, y1 };
}

function setTraces(figure, found, lowest) {
  const update = { x: [], y: [], width: [], customdata: [] };
  const places = movingTraces(figure, found, ({ meta: { part } }, bins, place) => {
    const points = part === "confidence"
      ? bins.map(({ confidence, accuracy }) => [100 * confidence, 100 * accuracy])
      : bins.map((bin) => {
          const { x0, x1, y0, y1 } = boxOf(part, bin, lowest);
          return [(x0 + x1) / 2, y1 - y0, x1 - x0, [x0, x1, 100 * bin.confidence, bin.count]];
        });
    Object.keys(update).forEach((name, i) => update[name].push(points.map((point) => point[i])));
    return place;
  });
  figure.setTraces(update, places);
}

function rangesOf(figure, tops) {
  const ranges = {};
  for (const { meta, yaxis } of figure.element.data) {
    if (!meta?.diagram || meta.part !== "right") continue;
    ranges[`yaxis${yaxis.slice(1)}.range`] = [0, 1.06 * tops[meta.diagram - 1]];
  }
  return ranges;
}

function rowOf(name, { n, accuracy, confidence, error }) {
  const row = document.createElement("tr");
  const head = element("th", name);
  head.scope = "row";
  row.append(head, ...[n.toLocaleString("en"), percent(accuracy), percent(confidence), percent(error)].map((text) => element("td", text)));
  return row;
}

// All bins of all diagrams at this tau: what the CSV button of the figure saves.
function numbers(lab) {
  const rows = [["tau", "answers", "above", "up to", "n", "right", "mean confidence", "accuracy"]];
  [lab.ofExit, ...moving(lab, leftAtTau(lab))].forEach(({ bins }, i) => {
    for (const { lower, upper, count, right, confidence, accuracy } of bins) {
      const name = lab.data.reliability.names[i];
      rows.push([lab.tau, name, lower, upper, count, right, confidence, accuracy]);
    }
  });
  return rows;
}
