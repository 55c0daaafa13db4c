/* The groups of a question, as cards. */
(function (ask) {
  "use strict";
  const { fields, say, make, items } = ask;
  const { edit, add, small, interventions, choose } = ask.parts;
  const COLOURS = 6;
  const BY_HAND = ["gene", "method", "infusion", "exercise", "stress", "injury", "other"];
  const part = (name) => document.getElementById("ask-" + name);
  const label = (place) => fields.id("arms." + place + ".label");

  function removed(place) {
    let lost = 0;
    edit(() => { lost = ask.question.removeArm(ask.now, place); }, label(Math.max(0, place - 1)));
    if (lost) { ask.tell(say("lost", { count: lost })); }
  }
  function tools(arm, place, full) {
    const question = ask.now, about = () => arm.label || arm.id;
    const up = () => edit(() => ask.question.moveArm(question, place, -1), label(place - 1));
    const copy = () => edit(() => ask.question.copyArm(question, place), label(place + 1));
    return make("div", { class: "group-tools" },
      place > 0 && small("up", about, up, { id: "ask-up-" + place }),
      small("copy", about, copy, { id: "ask-copy-" + place, disabled: full }),
      small("remove", about, () => removed(place), { id: "ask-remove-" + place, disabled: question.arms.length === 1 }));
  }
  const named = (arm, here) => fields.text({
    place: here + ".label", label: say("group_name"), unseen: true, class: "name-field",
    get: () => ask.text(arm.label || arm.id), set: (value) => { arm.label = value; }
  });
  const stressed = (arm, here) => fields.check({
    place: here + ".history", label: say("stressed_too"), structure: true, get: () => arm.history !== false,
    set: (value) => { if (value) { delete arm.history; } else { arm.history = false; } }
  });
  const split = (arm, here) => fields.raw({
    place: here + ".split", label: say("line_split"), optional: true, get: () => arm.split,
    set: (value) => { if (value) { arm.split = value; } else { delete arm.split; } }
  });

  function card(arm, place, full) {
    const here = "arms." + place, name = "ask-group-" + place, protocol = here + ".protocol";
    const given = arm.protocol.length ? make("div", { class: "items" }, interventions(arm.protocol, protocol))
      : make("p", { class: "quiet small nothing-given" }, say("nothing_given"));
    return make("section", { class: "card group", "aria-labelledby": name },
      make("h3", { class: "unseen", id: name }, say("group_number", { number: place + 1 })),
      make("div", { class: "group-head k" + (place % COLOURS) }, make("span", { class: "swatch", "aria-hidden": "true" }), named(arm, here)),
      ask.now.cohort.stress.length > 0 && stressed(arm, here), arm.split && split(arm, here), given,
      make("div", { class: "group-foot" },
        add(say("add_intervention"), protocol + "-add", () => choose(arm.protocol, protocol, BY_HAND)), tools(arm, place, full)));
  }
  function groups() {
    const arms = ask.now.arms, most = ask.atlas.limits.arms, full = arms.length >= most;
    ask.fill(part("groups"), arms.map((arm, place) => card(arm, place, full)));
    part("add-group").disabled = full;
    part("groups-full").hidden = !full;
    ask.fill(part("groups-full"), full && say("groups_full", { most }));
  }
  async function addGroup() {
    const empty = { words: say("empty_group"), icon: "none", value: { protocol: [], name: "group" } };
    const found = await ask.pick(say("pick_group"), items.offers(), [empty, ...items.byHand(BY_HAND.filter((one) => one !== "stress"))]);
    if (found) { edit(() => ask.question.addArm(ask.now, found.protocol, found.name), label(ask.now.arms.length)); }
  }

  part("add-group").addEventListener("click", addGroup);
  ask.groups = groups;
})(window.euthymiaAsk = window.euthymiaAsk || {});
