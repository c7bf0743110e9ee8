// The stages side by side, each as wide as it is long.

/** Draw the stages into `place`; gives the bar of each, whose --done (0 to 1) is how far it was heard. */
export function drawBars(place, stages) {
  while (place.children.length > stages.length) place.lastChild.remove();
  while (place.children.length < stages.length) place.append(document.createElement("i"));
  stages.forEach((stage, index) => {
    place.children[index].style.flexGrow = String(Math.max(0.001, stage.end - stage.start));
    place.children[index].dataset.colour = String(index % 5);
  });
  return [...place.children];
}
