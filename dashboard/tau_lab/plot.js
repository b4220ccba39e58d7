// Figures made in Python, drawn with plotly.js: the colours of the page's theme, a toolbar that saves.

import { isNarrow, narrowed } from "./narrow.js";

let loading;

/** plotly.js, loaded once from the server this page came from. */
export function loadPlotly(address) {
  loading ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    // The page may be fetching it already (dashboard/assets.py).
    let script = document.querySelector(`script[src="${address}"]`);
    if (!script) {
      script = document.createElement("script");
      script.src = address;
      document.head.append(script);
    }
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => reject(new Error(`Could not load ${address}.`)));
  });
  return loading;
}

/**
 * Draw a figure (an address or an object) into an element; returns a handle on it.
 * `plotly` is where plotly.js is, `label` what the figure shows in words, `fileName` what it is
 * saved as, or says so when it is saved, `csv` makes its numbers (those that are drawn, unless
 * given), `tools` what a mouse does.
 */
export async function drawFigure(element, figure, { plotly, label, fileName, csv, tools = [] }) {
  const [Plotly, made] = await Promise.all([loadPlotly(plotly), fetchFigure(figure)]);
  element.setAttribute("role", "figure");
  element.setAttribute("aria-label", label);
  const font = { ...made.layout.font, color: style(element, "--st-text-color"), family: style(element, "--st-font") };
  // Bars are translucent: text on them must suit the page, not the bar's full colour.
  const suited = (trace) => (trace.type === "bar" ? { ...trace, insidetextfont: font } : trace);
  let narrow;
  const draw = (figure) => {
    narrow = isNarrow(element);
    const { data, layout } = narrow ? narrowed(figure) : figure;
    if (layout.height) element.style.height = `${layout.height}px`;
    const fitting = { ...layout, font, autosize: true };
    return Plotly.react(element, data.map(suited), fitting, {
      displaylogo: false,
      displayModeBar: true,
      modeBarButtons: [
        [...tools, "zoom2d", "pan2d", "resetScale2d"],
        [save(Plotly, "png", fileName), save(Plotly, "svg", fileName), saveNumbers(fileName, csv)],
      ],
    });
  };
  await draw(made);
  let width = element.clientWidth;
  element.resizing?.disconnect();
  element.resizing = new ResizeObserver(() => {
    if (!element.isConnected || !element.clientWidth || element.clientWidth === width) return;
    width = element.clientWidth;
    if (isNarrow(element) === narrow) return Plotly.Plots.resize(element);
    draw(asItIs(made, element));
  });
  element.resizing.observe(element);
  return {
    element,
    /** Draw on top of the figure. Its traces are left alone, which is what makes this fast. */
    setShapes: (shapes, changed = {}) =>
      Plotly.relayout(element, { shapes: [...(made.layout.shapes ?? []), ...shapes], ...changed }),
    /** New numbers for the traces at some places: plotly.js then draws all of them. */
    setTraces: (numbers, places) => Plotly.restyle(element, numbers, places),
    /** Hand the point that is clicked to `tell`, as Python reads it; without `tell` nothing is. */
    whenClicked: (tell) => {
      element.removeAllListeners("plotly_click");
      element.classList.toggle("lens-clickable", Boolean(tell));
      if (!tell) return;
      element.on("plotly_click", ({ points: [{ data: trace, x, y }] }) =>
        tell({ series: trace.name ?? "", x, y, meta: trace.meta ?? null }));
    },
    recolour: () => Plotly.relayout(element, { "font.color": style(element, "--st-text-color") }),
    remove: () => {
      element.resizing.disconnect();
      Plotly.purge(element);
    },
  };
}

// A figure with what has become of it since it was drawn: other numbers, titles, ranges, shapes.
function asItIs({ data, layout }, element) {
  const now = element.layout;
  const axes = Object.keys(layout).filter((name) => /^[xy]axis/.test(name) && now[name]?.range);
  return {
    data: data.map((trace, i) => (trace.type === "heatmap" ? trace : element.data[i])),
    layout: {
      ...layout,
      ...Object.fromEntries(axes.map((name) => [name, { ...layout[name], range: now[name].range }])),
      annotations: layout.annotations?.map((one, i) => ({ ...one, text: now.annotations[i].text })),
      shapes: now.shapes,
    },
  };
}

/** A value of the page's theme, such as --st-text-color. */
export function style(element, name) {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

/** Offer text as a file to the person. */
export function download(fileName, text, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Rows of values as CSV. */
export function toCsv(rows) {
  const cell = (value) => {
    const text = value === null || value === undefined || Number.isNaN(value) ? "" : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\n") + "\n";
}

/** A figure by its address; one that is an object already is handed back. */
export async function fetchFigure(figure) {
  if (typeof figure !== "string") return figure;
  const response = await fetch(figure);
  if (!response.ok) throw new Error("This figure is no longer on the server. Reload the page.");
  return response.json();
}

function save(Plotly, format, fileName) {
  return {
    name: `save as ${format.toUpperCase()}`,
    icon: letters(format.toUpperCase()),
    click: (element) => {
      const paper = { ...element.layout, paper_bgcolor: style(element, "--st-background-color") };
      const { width, height } = element._fullLayout;
      Plotly.downloadImage({ data: element.data, layout: paper }, { format, width, height, scale: format === "png" ? 2 : 1, filename: named(fileName) });
    },
  };
}

const named = (fileName) => (typeof fileName === "function" ? fileName() : fileName);

function saveNumbers(fileName, csv = drawnNumbers) {
  return {
    name: "save the numbers as CSV",
    icon: letters("CSV"),
    click: (element) => download(`${named(fileName)}.csv`, toCsv(csv(element)), "text/csv"),
  };
}

// What a figure carries as its numbers, else what is drawn; areas, such as bands, are no numbers.
function drawnNumbers(element) {
  if (element.layout.meta?.numbers) return element.layout.meta.numbers;
  const title = (axis) => element.layout[axis]?.title?.text ?? axis[0];
  const rows = [["series", title("xaxis"), title("yaxis"), "value", "95 % from", "95 % to"]];
  for (const { type, name, x = [], y = [], z, fill, error_y: error } of element._fullData) {
    if (fill === "toself") continue;
    if (type === "heatmap") {
      y.forEach((of, row) => x.forEach((at, column) => rows.push([name, at, of, z[row][column]])));
      continue;
    }
    Array.from(x, (at, i) => {
      const above = error?.visible ? error.array[i] : undefined;
      const below = error?.arrayminus?.[i] ?? above;
      const ends = above === undefined ? [] : ["", y[i] - below, y[i] + above];
      rows.push([name, at, y[i], ...ends]);
    });
  }
  // Columns that no series has are left out.
  const last = Math.max(3, ...rows.slice(1).map((row) => row.length));
  return rows.map((row) => Array.from({ length: last }, (_, i) => row[i]));
}

function letters(text) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><text x="15" y="15" font-family="sans-serif" font-size="13" font-weight="600" text-anchor="middle" fill="#7f8790">${text}</text></svg>`;
  return { svg };
}
