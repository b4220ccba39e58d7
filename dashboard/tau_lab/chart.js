// One figure made in Python, as a Streamlit component.

import { drawFigure } from "./plot.js";

export async function drawChart({ data: [data], parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".lens-chart");
  const call = (place.calls = (place.calls ?? 0) + 1);
  place.style.height = `${data.height}px`;
  const { figure, label, fileName, plotly } = data;
  if (call === 1) await new Promise((resolve) => requestIdleCallback(resolve, { timeout: 1000 }));
  const drawn = await drawFigure(place, figure, { plotly, label, fileName });
  place.removeAllListeners?.("plotly_click");
  place.classList.toggle("lens-clickable", data.clickable);
  if (data.clickable) {
    place.on("plotly_click", ({ points: [{ data: trace, x, y }] }) =>
      setTriggerValue("point", { series: trace.name ?? "", x, y, meta: trace.meta ?? null }));
  }
  // Streamlit also runs this for a call that a later one has overtaken: that must change nothing.
  return () => call === place.calls && drawn.remove();
}
