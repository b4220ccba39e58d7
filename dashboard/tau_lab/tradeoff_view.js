// The trade-off page's part of the lab: moving points on the curves and a table of all systems.

import { atThreshold } from "./curve.js";
import { nameAtTau, percent, times, written } from "./numbers.js";
import { drawFigure, style } from "./plot.js";
import { matchable } from "./systems.js";

const CHARACTER = 6.3; // pixels

export function tradeoffView(container, lab) {
  container.innerHTML = `
    <div class="lab-plot"></div>
    <div class="lab-scroll" tabindex="0" role="region" aria-label="All systems at this threshold">
    <table class="lab-table"><thead><tr>
      <th>system</th><th>τ</th><th data-text="table-speedup"></th><th data-text="table-score"></th>
      <th>95 % interval</th><th class="lab-wide">where instances leave</th><th>ECE</th>
    </tr></thead><tbody></tbody></table></div>`;
  const plot = container.querySelector(".lab-plot");
  const body = container.querySelector("tbody");
  let figure;
  let drawn;
  let rows;
  let barWidth = 0; // kept: asking for it while drawing would lay out the page once per row
  const measure = new ResizeObserver(([entry]) => {
    barWidth = entry.contentRect.width;
    if (lab.now?.length === rows.length) showRows();
  });
  const showRows = () => rows.forEach((row, i) => row.show(lab.now[i], lab, barWidth));

  return {
    update: async () => {
      const { data, systems } = lab;
      container.querySelector("[data-text=table-speedup]").textContent = data.basisTitle;
      container.querySelector("[data-text=table-score]").textContent = data.metricTitle;
      rows = systems.map(createRow);
      body.replaceChildren(...rows.map(({ row }) => row));
      measure.disconnect();
      measure.observe(rows[0].bar);
      if (drawn !== data.figure) {
        const { figureLabel: label, plotly } = data;
        const fileName = () => (data.stages ? data.fileName : nameAtTau(lab));
        const csv = data.stages ? undefined : () => states(lab);
        figure = await drawFigure(plot, data.figure, { plotly, label, fileName, csv });
        drawn = data.figure;
      } else figure.recolour();
    },
    show: () => {
      figure.setShapes(pointShapes(lab, style(plot, "--st-text-color"), style(plot, "--st-background-color")));
      showRows();
    },
    remove: () => {
      measure.disconnect();
      figure?.remove();
    },
  };
}

// Shapes and not traces: plotly.js redraws shapes alone in 2 ms, a trace only with all the others.
function pointShapes({ systems, focus, now, ghost, pin }, ink, paper) {
  const shapes = [];
  const here = now[systems.indexOf(focus)];
  const ring = (point, radius, fillcolor, line) => ({
    type: "circle", xsizemode: "pixel", ysizemode: "pixel", layer: "above",
    xanchor: point.speedup, yanchor: 100 * point.score,
    x0: -radius, x1: radius, y0: -radius, y1: radius, fillcolor, line,
  });
  const guide = (from, to, dash) => ({
    type: "line", layer: "below", ...from, ...to, line: { color: ink, width: 1, dash }, opacity: 0.45,
  });
  const y = 100 * here.score;
  shapes.push(
    guide({ x0: here.speedup, y0: 0, yref: "paper" }, { x1: here.speedup, y1: 1 }, "dot"),
    guide({ x0: 0, y0: y, xref: "paper" }, { x1: 1, y1: y }, "dot"),
  );
  if (ghost) {
    shapes.push(
      guide({ x0: ghost.speedup, y0: 100 * ghost.score }, { x1: here.speedup, y1: y }, "dash"),
      ring(ghost, 8, paper, { color: systems.find(({ name }) => name === pin.system).color, width: 2 }),
    );
  }
  systems.forEach((system, i) => {
    if (!now[i] || system === focus || system.exits === 1) return;
    shapes.push(ring(now[i], 6, system.color, { color: paper, width: 1.5 }));
  });
  shapes.push(ring(here, 8, focus.color, { color: paper, width: 2 }));
  return shapes;
}

function createRow(system) {
  const row = document.createElement("tr");
  row.dataset.testid = "lab-row";
  row.dataset.system = system.name;
  row.innerHTML = `<th scope="row"><i class="lab-dot"></i><span></span></th>
    <td></td><td></td><td></td><td></td><td class="lab-wide"><div class="lab-bar"></div></td><td></td>`;
  row.querySelector("span").textContent = system.name;
  row.querySelector(".lab-dot").style.background = system.color;
  const [tau, speedup, score, interval, , error] = row.querySelectorAll("td");
  const bar = row.querySelector(".lab-bar");
  const parts = system.exitNames.map((name, e) => {
    const part = document.createElement("span");
    part.style.background = `color-mix(in srgb, ${system.color} ${shade(e, system.exits)}%, transparent)`;
    part.dataset.exit = name;
    return part;
  });
  bar.replaceChildren(...parts);

  const show = (now, lab, width) => {
    row.classList.toggle("lab-focus", system === lab.focus);
    row.classList.toggle("lab-none", !now);
    if (!now) {
      const [low, high] = matchable(system);
      tau.textContent = "–";
      speedup.textContent = system.exits > 1 ? `${times(low)} to ${times(high)}` : `only ${times(low)}`;
      for (const cell of [score, interval, error]) cell.textContent = "–";
      for (const part of parts) part.style.width = "0";
      return;
    }
    tau.textContent = system.exits > 1 ? written(now) : "–";
    speedup.textContent = times(now.speedup);
    score.textContent = percent(now.score);
    interval.textContent = now.interval.map((share) => percent(share)).join(" to ");
    error.textContent = percent(now.calibrationError);
    parts.forEach((part, e) => {
      const share = now.counts[e] / system.instances;
      part.style.width = `${100 * share}%`;
      const label = `${part.dataset.exit} ${percent(share, 0)}`;
      part.textContent = label.length * CHARACTER < share * width ? label : "";
      part.title = `${part.dataset.exit}: ${now.counts[e]} instances, ${percent(share)}`;
    });
  };
  return { row, bar, show };
}

// Later exits are darker; the bar of a single exit is plain.
function shade(e, exits) {
  return exits === 1 ? 55 : Math.round(25 + (35 * e) / (exits - 1));
}

// Every state of every curve, exactly: what the CSV button of the figure saves.
function states({ systems, data }) {
  const rows = [["system", "tau", data.basisTitle, data.metricTitle, "leaves early"]];
  for (const { name, curve } of systems) {
    for (let state = 0; state <= curve.breakpoints.length; state++) {
      const tau = state ? curve.breakpoints[state - 1] : curve.lowest;
      const { speedup, score, earlyShare } = atThreshold(curve, tau);
      rows.push([name, tau, speedup, score, earlyShare]);
    }
  }
  return rows;
}
