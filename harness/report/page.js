// page.js: what the page of `wane report` can do: sort, filter, dark and light.
// SPDX-License-Identifier: MIT
"use strict";
(() => {
  // --- sort ---------------------------------------------------------------
  const key = (row, column) => {
    const cell = row.cells[column];
    const text = (cell.dataset.v ?? cell.textContent).trim();
    return text === "" || text === "NA" ? null : text;
  };
  const sort = (head) => {
    const table = head.closest("table");
    const body = table.tBodies[0];
    const column = head.cellIndex;
    const up = head.getAttribute("aria-sort") !== "ascending";
    const rows = [...body.rows].map((row) => [key(row, column), row]);
    const numbers = rows.every(([k]) => k === null || isFinite(Number(k)));
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      const order = numbers
        ? Number(a) - Number(b)
        : a.localeCompare(b, undefined, { numeric: true });
      return up ? order : -order;
    });
    for (const other of head.parentNode.cells)
      other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    body.append(...rows.map(([, row]) => row));
  };
  for (const head of document.querySelectorAll("table.data thead th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.title = "sort";
    button.addEventListener("click", () => sort(head));
    head.append(button);
    head.setAttribute("aria-sort", "none");
  }

  // --- filter -------------------------------------------------------------
  const box = document.getElementById("filter");
  const told = document.getElementById("told");
  const rows = [...document.querySelectorAll("table.data tbody tr")];
  const figures = [...document.querySelectorAll("section.figure")];
  const has = (element, words) => {
    const text = element.textContent.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const filter = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const figure of figures)
      figure.hidden = words.length > 0 && !has(figure, words);
    for (const row of rows) {
      row.hidden = words.length > 0 && !has(row, words);
      shown += !row.hidden;
    }
    const left = figures.filter((figure) => !figure.hidden).length;
    told.textContent = words.length
      ? `${shown} of ${rows.length} rows, ${left} of ${figures.length} figures`
      : "";
  };
  box.addEventListener("input", filter);

  // --- dark and light -----------------------------------------------------
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const show = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    button.textContent = `Colours: ${theme}`;
  };
  const themes = ["auto", "dark", "light"];
  let theme = "auto";
  try {
    theme = localStorage.getItem("wane-theme") ?? theme;
  } catch {
    // a page from a file may have no storage
  }
  if (!themes.includes(theme)) theme = "auto";
  show(theme);
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    show(theme);
    try {
      localStorage.setItem("wane-theme", theme);
    } catch {
      // then only until it is closed
    }
  });
  document.getElementById("tools").hidden = false;
})();
