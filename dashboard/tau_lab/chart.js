// One figure made in Python, as a Streamlit component.

import { drawFigure, fetchFigure, loadPlotly } from "./plot.js";

export async function drawChart({ data: [data], parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".lens-chart");
  const call = (place.calls = (place.calls ?? 0) + 1);
  place.style.height = `${data.height}px`;
  const { figure, label, fileName, plotly } = data;
  const whenIdle = window.requestIdleCallback ?? setTimeout; // Safari has the second only
  if (call === 1) await new Promise((resolve) => whenIdle(resolve, { timeout: 1000 }));
  const [made] = await Promise.all([fetchFigure(figure), loadPlotly(plotly)]);
  if (call !== place.calls) return () => {}; // a later figure must not be drawn over
  const drawn = await drawFigure(place, made, { plotly, label, fileName });
  drawn.whenClicked(data.clickable && ((point) => setTriggerValue("point", point)));
  // Streamlit also runs this for a call that a later one has overtaken: that must change nothing.
  return () => call === place.calls && drawn.remove();
}
