// The position in a session, computed from the plan and the time, so that it cannot drift from the audio.

/** Return every step of a plan in order, with the index of its stage. */
export function stepsOf(plan) {
  return plan.stages.flatMap((stage, index) => stage.steps.map((step) => ({ ...step, stage: index })));
}

/** Return the index of the last span that has started at `seconds`. */
export function indexAt(spans, seconds) {
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (spans[middle].start <= seconds) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Return what is shown at `seconds`: the stage, the text, what comes next, and the time left. */
export function momentAt(plan, steps, seconds) {
  const index = indexAt(steps, seconds);
  const step = steps[index];
  const following = steps[index + 1];
  const said = step.cues.filter((cue) => cue.kind === "say");
  const words = said.filter((cue) => cue.at <= seconds).pop() ?? said[0];
  return {
    stage: step.stage,
    title: plan.stages[step.stage].title,
    words: words ? words.text : sentence(step.name),
    next: following && (following.stage === step.stage ? sentence(following.name) : plan.stages[following.stage].title),
    stepLeft: Math.max(0, step.end - seconds),
    totalLeft: Math.max(0, plan.total - seconds),
  };
}

/** Return where "previous stage" leads: the start of this stage, or of the previous one in the first three seconds. */
export function stageBefore(plan, seconds) {
  const index = indexAt(plan.stages, seconds);
  return plan.stages[seconds - plan.stages[index].start > 3 ? index : Math.max(0, index - 1)].start;
}

/** Return where "next stage" leads, or null in the last stage. */
export function stageAfter(plan, seconds) {
  return plan.stages[indexAt(plan.stages, seconds) + 1]?.start ?? null;
}

/** 0:05, 12:30, 1:02:30. */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Format the time left as a countdown: the last second shows 0:01, and 0:00 is the end. */
export function countdown(seconds) {
  return clock(Math.ceil(seconds - 0.001));
}

function sentence(name) {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
