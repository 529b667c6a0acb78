// What scrolls sideways can be reached by Tab and scrolled by the arrow keys: tables and formulas here, code in the theme.
const TABLES = ".pst-scrollable-table-container, .finding .rows", FORMULAS = ".derivation .formula, span.math, div.math mjx-container";
// Of a formula only what is seen counts: the hidden text for screen readers is often wider.
function width(element) {
  const formula = element.matches(FORMULAS) && element.querySelector("mjx-math");
  return formula ? formula.offsetWidth : element.scrollWidth;
}

function setTabStops() {
  for (const element of document.querySelectorAll(`${TABLES}, ${FORMULAS}`)) {
    if (width(element) > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  }
}

addEventListener("load", async () => {
  if (window.MathJax?.startup) await MathJax.startup.promise; // formulas have their width only then
  setTabStops();
  addEventListener("resize", setTabStops);
});

// A picture leads to itself in full size: on a narrow screen its labels are small.
function linkPictures() {
  for (const image of document.querySelectorAll(".bd-article figure img")) {
    if (image.closest("a")) continue;
    const link = Object.assign(document.createElement("a"), { href: image.src, className: "full-size", title: "in full size" });
    image.replaceWith(link);
    link.append(image);
  }
}

addEventListener("DOMContentLoaded", linkPictures);

// On the page of claims the printed lines can be narrowed to those that hold what is typed, formulas as in LaTeX or as
// copied from a PDF: what differs between the two is left out. Texts are taken before MathJax turns them into pictures.
const GREEK = { α: "alpha", ε: "varepsilon", ϵ: "varepsilon", ζ: "zeta", λ: "lambda", σ: "sigma", "−": "-", "∞": "infty" };
const plain = (text) => text.toLowerCase().replace(/[αεϵζλσ−∞]/g, (sign) => GREEK[sign]).replace(/[^\p{L}\p{N}+=<>|-]+/gu, "");

function addFilter() {
  const rows = [...document.querySelectorAll("table.printed-lines tbody tr")].map((row) => [row, plain(row.textContent)]);
  const first = document.querySelector("table.printed-lines")?.closest("section");
  if (!first) return;
  first.insertAdjacentHTML("beforebegin", '<p class="line-filter"><label>Lines that hold <input type="search"></label> <output></output></p>');
  const [input, output] = document.querySelectorAll(".line-filter input, .line-filter output");
  input.addEventListener("input", () => {
    for (const [row, text] of rows) row.hidden = !text.includes(plain(input.value));
    output.value = `${rows.filter(([row]) => !row.hidden).length} of ${rows.length}`;
  });
}

addEventListener("DOMContentLoaded", addFilter);
