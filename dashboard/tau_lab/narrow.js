// A figure made for a wide window as a narrow one shows it: panels below each other, the legend in
// one column, no title, for which there is no room beside the toolbar (the page has it too).

export const NARROW = 520; // pixels
const GAP = 84; // pixels between panels: ticks of the upper one, title of the lower one
const LEGEND_ROW = 21; // pixels
const CROWDED = 9; // columns of a heatmap whose numbers do not fit
const NEAR = 1e-3;

/** Whether an element is too narrow for a figure as it was made. */
export const isNarrow = (element) => element.clientWidth < NARROW;

/** Traces and layout of a figure as a narrow window shows them. */
export function narrowed({ data, layout }) {
  const { legend = {}, margin = {}, height } = layout;
  const inner = height - (margin.t ?? 0) - (margin.b ?? 0);
  const { axes, annotations, stacked } = below(data, layout, inner);
  const made = { ...layout, ...axes, annotations, title: { text: "" } };
  const named = data.filter((trace) => trace.showlegend !== false && trace.name).length;
  if (height && legend.y < 0 && layout.showlegend !== false) {
    const ticks = -legend.y * inner; // pixels between the plot and the legend
    made.legend = { ...legend, y: -ticks / stacked, x: 0, orientation: "v", tracegroupgap: 0 };
    made.margin = { ...margin, b: ticks + LEGEND_ROW * named + 8 };
  }
  if (height) made.height = stacked + (margin.t ?? 0) + (made.margin?.b ?? margin.b ?? 0);
  return { data: data.map(smaller), layout: made };
}

// Without the scale of colours, whose numbers the cells have, there is more room for these.
function smaller(trace) {
  if (trace.type !== "heatmap") return trace;
  const text = trace.x.length > CROWDED ? { texttemplate: "" } : { textfont: { ...trace.textfont, size: 10 } };
  return { ...trace, showscale: false, ...text };
}

// Axes and titles of panels that stand side by side, put below each other; `stacked` is how high,
// in pixels, what was `inner` high then is. Panels that share an x axis stay one above the other.
function below(data, layout, inner) {
  const { annotations = [] } = layout;
  const panels = panelsOf(data, layout);
  const columns = new Set(panels.map(({ x }) => x[0]));
  if (columns.size < 2) return { axes: {}, annotations, stacked: inner };
  const shared = panels.some(({ name }) => layout[name].matches?.startsWith("x"));
  const units = unitsOf(panels, shared);
  const heights = units.map(({ low, high }) => (high - low) * inner);
  const stacked = heights.reduce((sum, one) => sum + one, 0) + GAP * (units.length - 1);
  let top = stacked;
  const axes = {};
  const placed = units.map(({ low, high, members }, i) => {
    const bottom = top - heights[i];
    const put = (y) => (bottom + ((y - low) / (high - low)) * heights[i]) / stacked;
    for (const { name, other } of members) {
      axes[name] = { ...layout[name], domain: [0, 1] };
      const [from, to] = layout[other].domain ?? [0, 1];
      axes[other] = { ...layout[other], domain: [put(from), put(to)] };
      // A scale that the panel to the left had is needed in each.
      if (layout[other].matches) axes[other].showticklabels = true;
    }
    top = bottom - GAP;
    return put;
  });
  const moved = annotations.map((one) => {
    if (one.xref !== "paper" || one.yref !== "paper") return one;
    const i = units.findIndex(({ left, right, low, high }) =>
      one.x > left - NEAR && one.x < right + NEAR && one.y > low - NEAR && one.y < high + NEAR);
    return i < 0 ? one : { ...one, x: 0.5, y: placed[i](one.y) };
  });
  return { axes, annotations: moved, stacked };
}

// The panels of a figure that have traces: the names of their axes and where they are, in shares of
// the plot.
function panelsOf(data, layout) {
  const drawn = new Set(data.map(({ xaxis = "x" }) => xaxis.replace("x", "xaxis")));
  return Object.keys(layout)
    .filter((name) => drawn.has(name))
    .map((name) => {
      const other = (layout[name].anchor ?? "y").replace("y", "yaxis");
      return { name, other, x: layout[name].domain ?? [0, 1], y: layout[other]?.domain ?? [0, 1] };
    })
    .filter(({ other }) => layout[other]);
}

// What is put below each other: whole columns where `shared`, else panels from left to right.
function unitsOf(panels, shared) {
  const units = [];
  for (const { name, other, x, y } of panels) {
    const member = { name, other };
    const same = units.find(({ left }) => shared && Math.abs(left - x[0]) < NEAR);
    if (same) {
      same.members.push(member);
      same.low = Math.min(same.low, y[0]);
      same.high = Math.max(same.high, y[1]);
    } else units.push({ left: x[0], right: x[1], low: y[0], high: y[1], members: [member] });
  }
  return units;
}
