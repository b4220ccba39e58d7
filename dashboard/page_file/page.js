// A saved page: unpacks what lies in it and runs the tau lab on it, as Streamlit does in the
// dashboard. What a person chooses only changes the settings that the lab gets.

import { mount } from "../tau_lab/lab.js";
import { drawFigure } from "../tau_lab/plot.js";
import { readTensors } from "../tau_lab/tensors.js";

const PHONE = 700; // pixels, as in page.css
const textOf = (id) => document.getElementById(id).textContent;
const about = JSON.parse(textOf("about"));
const place = document.querySelector(".page-lab");
const form = document.querySelector(".page-choices");
// The same objects at every call: that is how the lab knows what it has drawn already.
const [arrays, figures] = await Promise.all([
  unpacked("states").then((response) => response.arrayBuffer()).then(readTensors),
  unpacked("figures").then((response) => response.json()).then(fitted),
  runPlotly(),
]);

const several = about.systems.filter(({ exits }) => exits.length > 1);
offer("focus", (several.length ? several : about.systems).map(({ name }) => [name, name]), about.focus);
offer("basis", Object.entries(about.bases).map(([name, { title }]) => [name, title]));
form.addEventListener("change", show);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
let heatmap;
await show();

async function show() {
  const { focus, basis, mode } = Object.fromEntries(new FormData(form));
  const { verdict, start, ...titles } = about.bases[basis];
  const { range } = about.systems.find(({ name }) => name === focus);
  document.querySelector(".lens-verdict").textContent = verdict;
  for (const part of document.querySelectorAll("[data-basis]")) part.hidden = part.dataset.basis !== basis;
  const states = { arrays, basis, instances: about.instances };
  const { systems, metric, metricTitle, criterionTitle, reference, tau } = about;
  const settings = {
    view: "tradeoff", stamp: 1, pin: null, tau, systems, metric, metricTitle, criterionTitle, reference,
    ...titles, states, focus, mode, range, start: start[focus], figure: figures[basis],
  };
  await mount({ data: [settings], parentElement: place, setStateValue: () => {} });
  if (heatmap) heatmap.recolour();
  else if (figures.heatmap) heatmap = await drawFigure(document.querySelector(".page-heatmap"), figures.heatmap, about.heatmap);
}

function offer(name, options, chosen) {
  const select = form.elements[name];
  select.replaceChildren(...options.map(([value, title]) => new Option(title, value, false, value === chosen)));
  select.closest("label").hidden = options.length < 2;
}

// On a phone there is no room for a title, which the page has, nor for a legend, which its table is.
function fitted(all) {
  const { heatmap: _, ...curves } = all;
  if (innerWidth > PHONE) return all;
  for (const { layout } of Object.values(curves)) {
    Object.assign(layout, { title: {}, showlegend: false, height: 330, margin: { t: 30, r: 8, b: 52, l: 62 } });
  }
  return all;
}

async function unpacked(id) {
  const { body } = await fetch(`data:application/gzip;base64,${textOf(id)}`);
  return new Response(body.pipeThrough(new DecompressionStream("gzip")));
}

async function runPlotly() {
  const script = document.createElement("script");
  script.textContent = await (await unpacked("plotly")).text();
  document.head.append(script);
}
