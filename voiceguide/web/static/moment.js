// The position in a session, computed from its timeline and the time, so that it cannot drift from the sound.

/** Return every step of a timeline in order, with the index of its stage. */
export function stepsOf(timeline) {
  return timeline.stages.flatMap((stage, index) => stage.steps.map((step) => ({ ...step, stage: index })));
}

/** Return the index of the last span that has started at `seconds`. */
export function indexAt(spans, seconds) {
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (spans[middle].start <= seconds + 0.001) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Return what is shown at `seconds`: the step, its stage, the words, what comes next, and the time left. */
export function momentAt(timeline, steps, seconds) {
  const index = indexAt(steps, seconds);
  const step = steps[index];
  const following = steps[index + 1];
  const said = step.cues.filter((cue) => cue.kind === "say" && cue.text);
  const words = said.filter((cue) => cue.at <= seconds).pop() ?? said[0];
  const stage = timeline.stages[step.stage];
  return {
    index,
    step,
    stage: step.stage,
    title: stage.title,
    number: index - steps.findIndex((other) => other.stage === step.stage) + 1,
    count: stage.steps.length,
    words: words ? words.text : step.label,
    next: following ? (following.stage === step.stage ? following.label : timeline.stages[following.stage].title) : null,
    stepDone: Math.min(1, Math.max(0, (seconds - step.start) / (step.end - step.start || 1))),
    stepLeft: Math.max(0, step.end - seconds),
    totalLeft: Math.max(0, timeline.total - seconds),
  };
}

/** Return where "previous stage" leads: the start of this stage, or of the previous one in the first three seconds. */
export function stageBefore(timeline, seconds) {
  const index = indexAt(timeline.stages, seconds);
  return timeline.stages[seconds - timeline.stages[index].start > 3 ? index : Math.max(0, index - 1)].start;
}

/** Return where "next stage" leads, or null in the last stage. */
export function stageAfter(timeline, seconds) {
  return timeline.stages[indexAt(timeline.stages, seconds) + 1]?.start ?? null;
}
