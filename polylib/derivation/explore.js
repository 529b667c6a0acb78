// A figure with sliders. Python draws it at its start values; from then on this draws the same paths.
// Plot area in pixels, axes [low, high, by ratios], x values or [low, high, steps], sliders, marks, readouts.
function explore(id, [area, axes, steps, lists, marks, readouts]) {
  const [left, top, width, height] = area;
  const place = ([low, high, isLog]) => {
    const at = isLog ? Math.log : (v) => v;
    return (v) => (at(v) - at(low)) / (at(high) - at(low));
  };
  const [across, up] = axes.map(place);
  const xs = axes[0][3] ? samples(...steps, axes[0][2]) : steps;
  const bounded = (v) => Math.max(-9999, Math.min(9999, v)).toFixed(1);
  const px = (v) => bounded(left + width * across(v));
  const py = (v) => bounded(top + height - height * up(v));
  const shapes = {
    line: ([x, y]) => chain(x, y, px, py),
    dots: ([x, y], shape) => stamps(x, y, px, py, shape),
    dot: ([x, y], shape) => stamps(x, y, px, py, shape),
    area: ([x, low, high]) => band(x, low, high, px, py),
    bars: ([x, y], half) => x.map((v, i) => block(v - half, v + half, axes[1][0], y[i], px, py)).join(""),
    across: ([y]) => chain(axes[0].slice(0, 2), [y[0], y[0]], px, py),
    upright: ([x]) => chain([x[0], x[0]], axes[1].slice(0, 2), px, py),
  };
  alive(id, lists, readouts, (figure, at, frame) => {
    // What a channel holds now: a formula at every x, or at none; or the frame at which the sliders stand.
    const channel = ([kind, code, by, length]) => {
      if (kind === "x") return xs;
      if (kind === "f") return xs.map((x) => code(x, ...at));
      return kind === "g" ? [code(...at)] : frame(code, by, length);
    };
    const drawn = marks.map(([, channels]) => channels.map(channel));
    for (const path of figure.querySelectorAll("[data-mark]")) {
      const [mark, box] = path.dataset.mark.split(" ");
      const [kind, , size] = marks[mark], data = drawn[mark];
      path.setAttribute("d", box ? block(...data[0].slice(4 * box, 4 * box + 4), px, py) : shapes[kind](data, size));
      if (box) path.setAttribute("fill-opacity", data[1][box] || 0);
    }
    return drawn;
  });
}

function samples(low, high, steps, isLog) {
  const at = (share) => (isLog ? low * (high / low) ** share : low + (high - low) * share);
  return Array.from({ length: steps + 1 }, (_, i) => +at(i / steps).toPrecision(9));
}

// A passage whose tokens are shaded: frames of levels from -10 to 10, a letter each, in rows.
function exploreText(id, [lists, rows, readouts]) {
  alive(id, lists, readouts, (figure, at, frame) =>
    [...figure.querySelectorAll(".passage")].map((passage, row) => {
      const tokens = [...passage.children];
      const levels = [...frame(rows[row][0], rows[row][1], tokens.length)].map((letter) => letter.charCodeAt(0) - 75);
      tokens.forEach((token, i) => {
        token.style.setProperty("--v", Math.abs(levels[i]));
        token.classList.toggle("n", levels[i] < 0);
      });
      return levels;
    }),
  );
}

// Sliders that say their values in words and redraw. figure.explore tells what is drawn, and from which values.
function alive(id, lists, readouts, redraw) {
  for (const figure of document.querySelectorAll(`[data-explore="${id}"]`)) {
    if (figure.explore) continue;
    const inputs = [...figure.querySelectorAll("input")];
    const outputs = figure.querySelectorAll("[data-readout]");
    const values = () => inputs.map((input, i) => (lists[i][0] ? lists[i][0][input.value] : +input.value));
    const frame = (frames, by, length) => {
      const start = length * by.reduce((place, i) => place * lists[i][0].length + +inputs[i].value, 0);
      return frames.slice(start, start + length);
    };
    const draw = () => {
      const at = values();
      figure.explore.drawn = redraw(figure, at, frame);
      figure.explore.read = readouts.map(([f, by]) => (by ? frame(f, by, 1)[0] : f(...at)));
      outputs.forEach((output, i) => { output.textContent = worded(figure.explore.read[i], readouts[i][2]); });
      inputs.forEach((input, i) => {
        const said = lists[i][1] ? lists[i][1][input.value] : worded(at[i], lists[i][2]);
        input.setAttribute("aria-valuetext", said);
        input.closest("div").querySelector("output").textContent = said;
      });
    };
    figure.explore = { values, draw };
    figure.addEventListener("input", draw);
    draw();
  }
}

function chain(x, y, px, py) {
  let path = "", pen = "M";
  x.forEach((v, i) => {
    const to = px(v) + " " + py(y[i]);
    if (y[i] === null || to.includes("NaN") || Math.abs(y[i]) === Infinity) pen = "M";
    else { path += pen + to; pen = "L"; }
  });
  return path;
}

function stamps(x, y, px, py, shape) {
  return x.map((v, i) => (y[i] === null || py(y[i]) === "NaN" ? "" : `M${px(v)} ${py(y[i])}${shape}`)).join("");
}

function band(x, low, high, px, py) {
  const kept = x.map((v, i) => [v, low[i], high[i]]).filter((p) => p.every(Number.isFinite));
  const edge = (points, k) => points.map((p) => px(p[0]) + " " + py(p[k])).join("L");
  return kept.length ? `M${edge(kept, 1)}L${edge(kept.reverse(), 2)}Z` : "";
}

function block(x0, x1, y0, y1, px, py) {
  return Number.isFinite(y1) ? `M${px(x0)} ${py(y0)}V${py(y1)}H${px(x1)}V${py(y0)}Z` : "";
}

function worded(value, [digits, isShare]) {
  if (!Number.isFinite(value)) return "–";
  return ((isShare ? 100 : 1) * value).toFixed(digits).replace("-", "−") + (isShare ? "%" : "");
}

function sum(low, high, term) {
  let total = 0;
  for (let k = low; k <= high; k++) total += term(k);
  return total;
}

function product(low, high, term) {
  let total = 1;
  for (let k = low; k <= high; k++) total *= term(k);
  return total;
}

function xlogy(x, y) {
  return x === 0 ? 0 : x * Math.log(y);
}

// Euler and Maclaurin from the twelfth term on.
function zeta(s, a = 1) {
  if (s === 1) return NaN;
  if (s < 0 && a === 1) return 2 * (2 * Math.PI) ** (s - 1) * Math.sin((Math.PI * s) / 2) * gamma(1 - s) * zeta(1 - s);
  let total = 0, end = a;
  for (; end < a + 12; end++) total += end ** -s;
  total += end ** (1 - s) / (s - 1) + end ** -s / 2;
  let term = s * end ** (-s - 1);
  [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600].forEach((b, i) => {
    total += b * term;
    term *= ((s + 2 * i + 1) * (s + 2 * i + 2)) / end ** 2;
  });
  return total;
}

// Stirling's series, from 10 on.
function loggamma(x) {
  if (x <= 0) return NaN;
  let shift = 0;
  for (; x < 10; x++) shift += Math.log(x);
  const y = 1 / (x * x);
  const series = (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - y * (691 / 360360 - y / 156)))))) / x;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series - shift;
}

function gamma(x) {
  if (x <= 0) return Number.isInteger(x) ? NaN : Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  if (Number.isInteger(x) && x < 171) return product(1, x - 1, (k) => k);
  return Math.exp(loggamma(x));
}

function binomial(n, k) {
  if (k < 0) return 0;
  if (Number.isInteger(k) && k < 200) return product(1, k, (j) => (n - k + j) / j);
  return Math.exp(loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1));
}

function polygamma(n, x) {
  let shift = 0;
  for (; x < 10; x++) shift -= 1 / x;
  const y = 1 / (x * x);
  return shift + Math.log(x) - 0.5 / x - y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132 - y * (691 / 32760 - y / 12))))));
}

function erf(x) {
  if (Math.abs(x) > 2) return Math.sign(x) * (1 - erfc(Math.abs(x)));
  let term = x, total = x;
  for (let k = 1; k < 60; k++) {
    term *= (-x * x) / k;
    total += term / (2 * k + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

// A continued fraction, where the series of erf would cancel.
function erfc(x) {
  if (x < 2) return 1 - erf(x);
  let below = x;
  for (let k = 80; k > 0; k--) below = x + k / 2 / below;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / below;
}
