// Sorting and filtering the table of files, moving from gap to gap. Without it the report is whole, only less handy.
"use strict";

const valueOf = (row, column) => {
  const cell = row.children[column];
  const number = Number.parseFloat(cell.dataset.value ?? cell.textContent);
  return column === 0 || Number.isNaN(number) ? cell.textContent.trim() : number;
};

const compare = (one, other) =>
  typeof one === "number" ? one - other : one.localeCompare(other, undefined, { numeric: true });

const sortBy = (table, header) => {
  const column = [...header.parentNode.children].indexOf(header);
  const direction = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  for (const each of header.parentNode.children) each.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
  const rows = [...table.tBodies[0].rows];
  rows.sort((one, other) => direction * compare(valueOf(one, column), valueOf(other, column)));
  table.tBodies[0].append(...rows);
};

const prepareIndex = (table) => {
  for (const header of table.tHead.rows[0].children)
    header.addEventListener("click", () => sortBy(table, header));
  const [name, gaps] = [document.getElementById("filter"), document.getElementById("gaps")];
  const filter = () => {
    const wanted = name.value.toLowerCase();
    for (const row of table.tBodies[0].rows) {
      const fits = row.children[0].textContent.toLowerCase().includes(wanted);
      row.hidden = !fits || (gaps.checked && !row.classList.contains("has-gaps"));
    }
  };
  name.form.hidden = false;
  name.form.addEventListener("submit", (event) => event.preventDefault());
  name.form.addEventListener("input", filter);
  filter();
};

// First lines of the runs of lines with a gap.
const gapsOf = (source) =>
  [...source.children].filter((line) => {
    const isGap = (each) => each?.matches(".missed, .partial") ?? false;
    return isGap(line) && !(isGap(line.previousElementSibling) && line.previousElementSibling.className === line.className);
  });

const prepareFile = (source) => {
  const gaps = gapsOf(source);
  let current = -1;
  document.querySelector(".keys").hidden = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "u") window.location.assign("index.html");
    const step = { j: 1, k: -1 }[event.key];
    if (!step || gaps.length === 0) return;
    current = (Math.max(current, step > 0 ? -1 : 0) + step + gaps.length) % gaps.length;
    document.querySelector(".current")?.classList.remove("current");
    gaps[current].classList.add("current");
    gaps[current].scrollIntoView({ block: "center" });
  });
};

const table = document.querySelector("table.files");
const source = document.querySelector("ol.source");
if (table) prepareIndex(table);
if (source) prepareFile(source);
