// The pictures on buttons.

const PATHS = {
  play: "M7 4.500v15l12-7.500z",
  stop: "M6 6h12v12H6z",
  copy: "M8 8h11v11H8zM5 16V5h11",
  delete: "M6 6l12 12M18 6 6 18",
  add: "M5 12h14M12 5v14",
  grip: "M9 6v.1M15 6v.1M9 12v.1M15 12v.1M9 18v.1M15 18v.1",
  microphone: "M12 3.500a3 3 0 0 1 3 3V12a3 3 0 0 1-6 0V6.500a3 3 0 0 1 3-3zM6 11.500a6 6 0 0 0 12 0M12 17.500V21",
  warning: "M12 4 2.800 20h18.400zM12 10v4.500M12 17.200v.1",
  advice: "M12 3.500a8.500 8.500 0 1 1 0 17 8.500 8.500 0 0 1 0-17zM12 11v5.500M12 7.600v.1",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon ${name}`);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
