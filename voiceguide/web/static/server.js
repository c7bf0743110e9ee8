// Requests to the server. Error messages are shown to the user.

const GONE = "The computer does not respond. Is voiceguide serve still running, and is this phone on the same network?";

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(GONE);
  }
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(data.error || GONE);
  return data;
}

const post = (wish, signal) => ({
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(wish), signal,
});

export const routines = () => ask("api/routines");
export const plan = (wish, signal) => ask("api/plan", post(wish, signal));
export const session = (id) => ask(`api/sessions/${encodeURIComponent(id)}`);

/** Build a session and return its id. `progress` receives {doing, done, of}. Stop waiting when `stopped()` is true. */
export async function make(wish, progress, stopped) {
  const { id } = await ask("api/build", post(wish));
  while (!stopped()) {
    const state = await session(id);
    if (state.state === "ready") return id;
    if (state.state === "failed") throw new Error(state.error);
    progress(state);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return null;
}
