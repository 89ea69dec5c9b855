"use strict";
/* Sorts a table by the column whose title is pressed; what is not known stays last. */
const collator = new Intl.Collator("en", { numeric: true });

function sortBy(table, column) {
  const titles = [...table.tHead.rows[0].cells];
  const title = titles[column];
  const numbers = title.classList.contains("n");
  const first = numbers ? "descending" : "ascending";
  const other = numbers ? "ascending" : "descending";
  const order = title.getAttribute("aria-sort") === first ? other : first;
  titles.forEach((cell) => cell.removeAttribute("aria-sort"));
  title.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const rows = [...table.tBodies[0].rows].map((row) => {
    const cell = row.cells[column];
    const text = cell.textContent.trim();
    const known = numbers ? cell.dataset.v !== undefined : text !== "" && text !== "–";
    return { row, known, value: numbers ? Number(cell.dataset.v) : text };
  });
  rows.sort((a, b) => {
    if (a.known !== b.known) return a.known ? -1 : 1;
    if (!a.known) return 0;
    return sign * (numbers ? a.value - b.value : collator.compare(a.value, b.value));
  });
  table.tBodies[0].append(...rows.map((found) => found.row));
}

for (const table of document.querySelectorAll("table.rows")) {
  [...table.tHead.rows[0].cells].forEach((title, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...title.childNodes);
    button.addEventListener("click", () => sortBy(table, column));
    title.append(button);
  });
}
