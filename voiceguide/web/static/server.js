// What the page asks the server. Whatever goes wrong comes back as one sentence.

const GONE = "The other machine does not answer. Is voiceguide serve still running, and are you in the same network?";

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(GONE);
  }
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(plain(data.error) || GONE);
  return data;
}

/** The sentence without the option of the command line that it begins with. */
function plain(sentence) {
  return String(sentence ?? "").replace(/^--[a-z-]+[^:]{0,80}: (.)/, (_, first) => first.toUpperCase());
}

const post = (wish, signal) => ({
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(wish), signal,
});

export const routines = () => ask("api/routines");
export const plan = (wish, signal) => ask("api/plan", post(wish, signal));
export const session = (id) => ask(`api/sessions/${encodeURIComponent(id)}`);

/** Have a session made; gives its name. `progress` hears {doing, done, of}; `stopped` says whether to go on asking. */
export async function make(wish, progress, stopped) {
  const { id } = await ask("api/build", post(wish));
  while (!stopped()) {
    const state = await session(id);
    if (state.state === "ready") return id;
    if (state.state === "failed") throw new Error(plain(state.error));
    progress(state);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return null;
}
