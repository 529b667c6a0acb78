// What scrolls sideways can be reached by Tab and scrolled by the arrow keys: tables and formulas here, code in the theme.
const TABLES = ".pst-scrollable-table-container", FORMULAS = ".derivation .formula, span.math, div.math mjx-container";
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
