// Compare two texts line by line.

const MOST_CELLS = 4_000_000;

/** Return the lines of both texts as [{text, changed}], where `changed` is true if the other text has no such line. */
export function changedLines(one, other) {
  const [left, right] = [one, other].map((text) => text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n"));
  const common = commonLines(left, right);
  const mark = (lines, kept) => lines.map((text, index) => ({ text, changed: !kept.has(index) }));
  return [mark(left, common.left), mark(right, common.right)];
}

/** Give the lines of an edited text the line breaks that they have in the original. A new line has the same as the line above it. */
export function withBreaks(edited, original) {
  const [lines, fresh] = [original.split(/\r\n?|\n/), edited.split("\n")];
  const breaks = original.match(/\r\n?|\n/g) ?? ["\n"];
  const common = commonLines(lines, fresh);
  const [rows, columns] = [common.left, common.right].map((kept) => [...kept].sort((one, other) => one - other));
  const rowOf = new Map(columns.map((column, index) => [column, rows[index]]));
  let last = breaks[0];
  return fresh.map((line, column) => (column === fresh.length - 1 ? line : line + (last = breaks[rowOf.get(column)] ?? last))).join("");
}

/** The line numbers, in each text, of a longest common subsequence. */
function commonLines(left, right) {
  const kept = { left: new Set(), right: new Set() };
  const keep = (row, column) => (kept.left.add(row), kept.right.add(column));
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) keep(start, start++);
  let [bottom, end] = [left.length, right.length];
  while (bottom > start && end > start && left[bottom - 1] === right[end - 1]) keep(--bottom, --end);
  const [rows, columns] = [bottom - start, end - start];
  if (!rows || !columns || rows * columns > MOST_CELLS) return kept;
  const lengths = Array.from({ length: rows + 1 }, () => new Uint16Array(columns + 1));
  for (let row = rows - 1; row >= 0; row -= 1)
    for (let column = columns - 1; column >= 0; column -= 1)
      lengths[row][column] = left[start + row] === right[start + column] ? lengths[row + 1][column + 1] + 1 : Math.max(lengths[row + 1][column], lengths[row][column + 1]);
  for (let row = 0, column = 0; row < rows && column < columns;) {
    if (left[start + row] === right[start + column]) keep(start + row++, start + column++);
    else if (lengths[row + 1][column] >= lengths[row][column + 1]) row += 1;
    else column += 1;
  }
  return kept;
}
