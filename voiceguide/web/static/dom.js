// Small helpers for building the page.

export const get = (id) => document.getElementById(id);

/** Make an element: el("p", {class: "x", onclick: f}, child, "text"). Properties that start with "on" are listeners. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list") element[name] = value;
    else if (value !== null && value !== false) element.setAttribute(name === "className" ? "class" : name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Draw one bar for each stage, as wide as its share of the session. Return the bars. */
export function drawBars(place, stages) {
  const bars = stages.map((stage, index) => {
    const bar = el("i");
    bar.dataset.color = index % 5;
    bar.style.flexGrow = stage.end - stage.start;
    return bar;
  });
  place.replaceChildren(...bars);
  return bars;
}

/** Show a sentence in a message element, or hide the element if the sentence is empty. */
export function tell(place, sentence) {
  place.textContent = sentence;
  place.hidden = !sentence;
}
