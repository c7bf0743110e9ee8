// Update a part of the page in place. What has not changed stays, and with it the focus, the text being typed and the
// place where a screen reader is reading.

const FIELDS = new Set(["INPUT", "SELECT", "TEXTAREA"]);
const IDENTITY = ["id", "type", "data-focus", "data-field", "data-card", "data-cue", "data-list", "data-path", "data-edge", "data-turn"];

/**
 * Give an element the same children as new ones. An element that stays keeps its listeners, so they must read
 * everything but the attributes in IDENTITY from the script. `keeps(field, next)` returns whether a field keeps its
 * value.
 */
export function patch(place, children, keeps = isTyping) {
  let here = place.firstChild;
  for (const next of children) {
    let found = here;
    while (found && !isSame(found, next)) found = found.nextSibling;
    if (!found) {
      place.insertBefore(next, here);
      continue;
    }
    while (here !== found) here = remove(here);
    here = found.nextSibling;
    update(found, next, keeps);
  }
  while (here) here = remove(here);
}

/** Whether text is being typed in a field. */
const isTyping = (field) => field === document.activeElement && Boolean(field.isTyping?.());

/** Remove a node, and return the next one. A field that is removed does not send the text being typed. */
function remove(node) {
  const next = node.nextSibling;
  const active = document.activeElement;
  if (node.contains(active)) active.adopt?.(active.value);
  node.remove();
  return next;
}

/** Whether a node can become another one. */
function isSame(one, other) {
  if (one.nodeType !== other.nodeType || one.nodeName !== other.nodeName) return false;
  if (one.nodeType !== Node.ELEMENT_NODE) return true;
  if (one.tagName === "SELECT" && !areSameOptions(one, other)) return false;
  if (one instanceof SVGElement) return one.isEqualNode(other);
  return IDENTITY.every((name) => one.getAttribute(name) === other.getAttribute(name));
}

const areSameOptions = ({ options }, other) => options.length === other.options.length && [...options].every(({ value, text }, index) => other.options[index].value === value && other.options[index].text === text);

function update(node, next, keeps) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== next.data) node.data = next.data;
    return;
  }
  if (node instanceof SVGElement) return;
  updateAttributes(node, next);
  if (!FIELDS.has(node.tagName)) return void patch(node, [...next.childNodes], keeps);
  if (node.checked !== next.checked) node.checked = next.checked;
  if (node.value === next.value || keeps(node, next)) return;
  if (node.adopt) node.adopt(next.value);
  else node.value = next.value;
}

function updateAttributes(node, next) {
  const others = ({ attributes }) => [...attributes].filter(({ name }) => name !== "style");
  for (const { name } of others(node)) if (!next.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of others(next)) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  if (node.tagName !== "TEXTAREA") node.style.cssText = next.style.cssText; // a text area is as high as its text
}
