/* The server: requests, and a job from its start to its end, over a full queue and a server that comes back. */
(function (ask) {
  "use strict";
  const FIRST_WAIT = 400, LAST_WAIT = 1500, BUSY = 5;
  /* Pauses before a lost server is asked again; a server that starts anew needs some ten seconds. */
  const COME_BACK = [3000, 10000];

  class Lost extends Error {}
  class Refused extends Error {
    constructor(problems) { super("refused"); this.problems = problems; }
  }

  async function call(path, options) {
    let response;
    try { response = await fetch(ask.api + path, { cache: "no-store", ...options }); } catch (error) { throw new Lost(path); }
    return response;
  }
  async function told(response) {
    let data = null;
    try { data = await response.json(); } catch (error) { data = null; }
    const problems = data && Array.isArray(data.problems) && data.problems.length ? data.problems : [{ ...ask.say("server_error", { status: response.status }), place: null }];
    return new Refused(problems);
  }
  const json = (method, data) => ({ method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) });
  async function get(path, form) {
    const response = await call(path);
    if (!response.ok) { throw response.status >= 500 || response.status === 404 ? new Lost(path) : await told(response); }
    return response[form || "json"]();
  }

  /* A pause that a signal ends early. */
  const pause = (time, signal) => new Promise(function (done) {
    if (signal.aborted) { done(); return; }
    const timer = window.setTimeout(done, time);
    signal.addEventListener("abort", () => { window.clearTimeout(timer); done(); }, { once: true });
  });

  async function submit(request, signal, on) {
    for (;;) {
      const response = await call(request.path, request.options);
      if (response.status !== 429) {
        if (response.ok) { return response.json(); }
        if (response.status >= 502) { throw new Lost(request.path); }
        throw await told(response);
      }
      for (let left = Math.ceil(Number(response.headers.get("Retry-After")) || BUSY); left > 0 && !signal.aborted; left -= 1) {
        on.busy(left);
        await pause(1000, signal);
      }
      if (signal.aborted) { return null; }
    }
  }
  async function watch(job, signal, on) {
    const path = "jobs/" + encodeURIComponent(job.id);
    for (let now = job, wait = FIRST_WAIT; ; wait = Math.min(LAST_WAIT, wait * 1.25)) {
      on.state(now);
      if (now.state === "done") { return now; }
      if (now.state === "cancelled") { return null; }
      if (now.state === "failed") { throw new Refused(now.problems && now.problems.length ? now.problems : [{ ...ask.say("failed"), place: null }]); }
      await pause(wait, signal);
      if (signal.aborted) { await call(path, { method: "DELETE" }); return null; }
      now = await get(path);
    }
  }
  /* Sends a request for a job and follows it; gives the job done, or null if it was cancelled. A lost server is asked again. */
  async function run(request, signal, on) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const job = await submit(request, signal, on);
        return job && (await watch(job, signal, on));
      } catch (error) {
        if (signal.aborted) { return null; }
        if (!(error instanceof Lost) || attempt >= COME_BACK.length) { throw error; }
        on.lost();
        await pause(COME_BACK[attempt], signal);
        if (signal.aborted) { return null; }
      }
    }
  }

  ask.server = { call, get, json, run, told, Lost, Refused };
})(window.euthymiaAsk = window.euthymiaAsk || {});
