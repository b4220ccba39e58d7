// The live page's part of the lab: the trace of the text that was typed, and what each system says
// of it, where, after how many layers and milliseconds. All of it was computed once for the text.

import { element } from "./elements.js";
import { createTrace } from "./trace.js";

const COLUMNS = ["System", "answers", "sure by", "leaves at", "layers", "milliseconds"];

export function liveView(container, lab) {
  container.innerHTML = `
    <div class="lab-plot"></div>
    <div class="lab-scroll" tabindex="0" role="region" aria-label="What every system answers">
    <table class="lab-table" data-testid="live-table"><thead><tr></tr></thead><tbody></tbody></table></div>`;
  const [head, body] = ["thead tr", "tbody"].map((part) => container.querySelector(part));
  head.replaceChildren(...COLUMNS.map((name) => element("th", name)));
  const exitOf = (i) => leaves(lab.data.trace.panels[i].scores, lab.now[i].threshold);
  const trace = createTrace(container.querySelector(".lab-plot"), lab, exitOf);

  return {
    update: trace.update,
    show: () => {
      trace.show();
      const rows = lab.systems.map((system, i) => rowOf(lab, system, i, exitOf));
      body.replaceChildren(...rows.filter(Boolean));
    },
    remove: trace.remove,
  };
}

// The first exit that is surer than the threshold, or the last one: as `replay` does for many.
function leaves(scores, threshold) {
  const first = scores.slice(0, -1).findIndex((score) => score > threshold);
  return first < 0 ? scores.length - 1 : first;
}

function rowOf({ data, now }, system, i, exitOf) {
  const panel = data.trace.panels[i];
  if (!panel.answers) return null;
  const row = document.createElement("tr");
  if (!now[i]) {
    row.append(element("th", system.name), element("td", "cannot be this fast"));
    row.lastChild.colSpan = COLUMNS.length - 1;
    return row;
  }
  const exit = exitOf(i);
  const name = element("th", system.name);
  name.scope = "row";
  row.append(
    name,
    element("td", panel.answers[exit]),
    element("td", panel.scores[exit].toFixed(4)),
    element("td", system.exitNames[exit]),
    element("td", panel.layers[exit]),
    element("td", panel.milliseconds[exit].toFixed(1)),
  );
  return row;
}
