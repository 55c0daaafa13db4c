/* Running something on the server, in a place of the page: progress, cancelling, what went wrong, the result. */
(function (ask) {
  "use strict";
  const { say, make } = ask;
  let count = 0;

  function clock(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    return whole < 60 ? say("seconds", { seconds: whole }) : say("minutes", { minutes: Math.floor(whole / 60), seconds: String(whole % 60).padStart(2, "0") });
  }
  /* A place for one run at a time: `start(request, more)` with `done(job)` and `refused(problems)` in `more`. */
  ask.runner = function (holder) {
    count += 1;
    const name = "ask-progress-" + count;
    const state = make("p", { class: "run-state", id: name, role: "status" });
    const bar = make("progress", { "aria-labelledby": name, max: 1 });
    const numbers = make("p", { class: "run-numbers small quiet" });
    const cancel = make("button", { type: "button", class: "tool" }, say("cancel"));
    const box = make("div", { class: "run-box card", hidden: true }, state, make("div", { class: "run-line" }, bar, cancel), numbers);
    const end = make("p", { class: "run-end", role: "status", tabindex: "-1" });
    holder.append(box, end);
    let aborting = null, said = "", began = 0, ticking = null, job = null;

    function speak(words) {
      const next = JSON.stringify(words);
      if (next !== said) { said = next; ask.fill(state, words); }
    }
    function tick() {
      const passed = clock(Math.max((performance.now() - began) / 1000, job ? job.seconds || 0 : 0));
      const known = job && job.total > 0;
      ask.fill(numbers, known ? say("done_of", { done: job.done, total: job.total, time: passed }) : passed);
      if (known) { bar.max = job.total; bar.value = job.done; } else { bar.removeAttribute("value"); }
    }
    function show(now) {
      job = now;
      if (now.state === "waiting") { speak(now.ahead ? say("ahead", { count: now.ahead }) : say("waiting")); } else if (now.state === "running") { speak(say("running")); }
      tick();
    }
    function busy(left) {
      job = null;
      speak(say("busy"));
      ask.fill(numbers, say("busy_again", { seconds: left }));
      bar.removeAttribute("value");
    }
    function lost() {
      job = null;
      speak(say("lost_server"));
    }
    function stop(words) {
      window.clearInterval(ticking);
      box.hidden = true;
      aborting = null;
      ask.fill(end, words);
    }
    async function start(request, more) {
      if (aborting) { return; }
      aborting = new AbortController();
      began = performance.now();
      job = null;
      said = "";
      ask.fill(end);
      box.hidden = false;
      speak(say("sending"));
      tick();
      ticking = window.setInterval(tick, 1000);
      more.busy(true);
      try {
        const found = await ask.server.run(request, aborting.signal, { state: show, busy, lost });
        if (found) { await more.done(found); }
        stop(found ? null : say("cancelled"));
      } catch (error) {
        if (error instanceof ask.server.Refused) { stop(null); more.refused(error.problems); } else { stop(say("gone")); if (!(error instanceof ask.server.Lost)) { throw error; } }
      } finally { more.busy(false); }
    }
    cancel.addEventListener("click", function () {
      if (aborting) { speak(say("cancelling")); aborting.abort(); }
    });
    return { start, running: () => Boolean(aborting) };
  };
})(window.euthymiaAsk = window.euthymiaAsk || {});
