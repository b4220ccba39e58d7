// How numbers read, as in dashboard/theme.py.

/** tau: at most ten digits. */
export const plain = (tau) => String(Number(tau.toPrecision(10)));

/** An end of the range of tau, where four digits are enough. */
export const rough = (tau) => String(Number(tau.toPrecision(4)));

/** The threshold of a point, or all of them. */
export const written = ({ threshold, thresholds }) =>
  thresholds ? thresholds.slice(0, -1).map(plain).join(", ") : plain(threshold);

/** A share as per cent. */
export const percent = (share, digits = 1) =>
  Number.isNaN(share) ? "–" : `${fixed(100 * share, digits)} %`;

/** A speed-up. */
export const times = (speedup) => (Number.isFinite(speedup) ? `${fixed(speedup, 2)}×` : "∞");

/** A difference, with its sign. */
export const signed = (number, digits) =>
  Number.isNaN(number) ? "–" : `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(digits)}`;

// As Python writes it: what lies midway goes to the even digit, where toFixed goes up.
function fixed(number, digits) {
  const text = number.toFixed(digits);
  const midway = Math.abs(number * 2 ** (digits + 1)) % 2 === 1;
  if (!midway || Number(text.at(-1)) % 2 === 0) return text;
  return (Math.trunc(number * 10 ** digits) / 10 ** digits).toFixed(digits);
}

/** What a figure of the lab is saved as: where its threshold is now belongs to the name. */
export const nameAtTau = ({ data, tau }) => `${data.fileName}-tau-${plain(tau)}`;
