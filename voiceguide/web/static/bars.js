// The stages as bars, drawn to scale.

/** Draw the stages into `place` and return their bars. Set --done (0 to 1) on a bar to show its progress. */
export function drawBars(place, stages) {
  while (place.children.length > stages.length) place.lastChild.remove();
  while (place.children.length < stages.length) place.append(document.createElement("i"));
  stages.forEach((stage, index) => {
    place.children[index].style.flexGrow = String(Math.max(0.001, stage.end - stage.start));
    place.children[index].dataset.color = String(index % 5);
  });
  return [...place.children];
}
