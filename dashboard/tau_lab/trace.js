// The trace of one instance: a panel per system with its threshold, and a ring where it leaves.

import { nameAtTau } from "./numbers.js";
import { drawFigure, style } from "./plot.js";

/** Draws the trace in `plot`; `exitOf(i)` says at which exit the instance leaves system i now. */
export function createTrace(plot, lab, exitOf) {
  let figure;
  let drawn;

  return {
    update: async () => {
      const { figure: address, figureLabel: label, plotly, trace } = lab.data;
      if (drawn === address) return figure.recolour();
      plot.style.height = `${trace.height}px`;
      figure = await drawFigure(plot, address, { plotly, label, fileName: () => nameAtTau(lab) });
      drawn = address;
    },
    show: () => {
      figure.setShapes(
        lab.systems.flatMap((system, i) => leavingShapes(lab, system, i, exitOf, plot)),
      );
    },
    remove: () => figure?.remove(),
  };
}

function leavingShapes({ data, now }, system, i, exitOf, plot) {
  const { xaxis, yaxis, heights } = data.trace.panels[i];
  if (!now[i] || !xaxis) return [];
  const ink = style(plot, "--st-text-color");
  const exit = exitOf(i);
  const level = now[i].threshold / data.trace.unit;
  const line = {
    type: "line", xref: `${xaxis} domain`, yref: yaxis, x0: 0, x1: 1, y0: level, y1: level,
    line: { color: ink, width: 1.5, dash: "dash" }, layer: "above",
  };
  const ring = {
    type: "circle", xref: xaxis, yref: yaxis, xsizemode: "pixel", ysizemode: "pixel",
    xanchor: exit, yanchor: heights[exit], x0: -9, x1: 9, y0: -9, y1: 9,
    line: { color: ink, width: 2.5 }, layer: "above",
  };
  return system.exits > 1 ? [line, ring] : [ring];
}
