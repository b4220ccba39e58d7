// One figure made in Python, as a Streamlit component.

import { drawFigure } from "./plot.js";

export async function drawChart({ data: [data], parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".lens-chart");
  const call = (place.calls = (place.calls ?? 0) + 1);
  place.style.height = `${data.height}px`;
  const { figure, label, fileName, plotly } = data;
  if (call === 1) await new Promise((resolve) => requestIdleCallback(resolve, { timeout: 1000 }));
  const drawn = await drawFigure(place, figure, { plotly, label, fileName });
  drawn.whenClicked(data.clickable && ((point) => setTriggerValue("point", point)));
  // Streamlit also runs this for a call that a later one has overtaken: that must change nothing.
  return () => call === place.calls && drawn.remove();
}
