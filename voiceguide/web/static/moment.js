// What to show at a position in a session. It is computed from the timeline, so that it cannot drift from the audio.

/** Return every step of a timeline in order, with the index of its stage. */
export function stepsOf(timeline) {
  return timeline.stages.flatMap((stage, index) => stage.steps.map((step) => ({ ...step, stage: index })));
}

/** Return the index of the last span that starts at or before `seconds`. */
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

/** Return what to show at `seconds`: the step, its stage, its text, what comes next, and the time left. */
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

/** Return the target of "previous stage": the start of this stage or, in its first three seconds, of the one before. */
export function stageBefore(timeline, seconds) {
  const index = indexAt(timeline.stages, seconds);
  return timeline.stages[seconds - timeline.stages[index].start > 3 ? index : Math.max(0, index - 1)].start;
}

/** Return the target of "next stage", or null in the last stage. */
export function stageAfter(timeline, seconds) {
  return timeline.stages[indexAt(timeline.stages, seconds) + 1]?.start ?? null;
}
