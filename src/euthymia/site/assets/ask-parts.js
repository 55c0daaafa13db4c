/* Buttons and lists that all parts of the form are made of. */
(function (ask) {
  "use strict";
  const { fields, say, make, names, items } = ask;

  const edit = (change, focus) => ask.edit(change, { structure: true, focus });
  const card = (place) => fields.id(place) + "-card";
  const add = (words, id, press, more) => make("button", { type: "button", class: "add", id, onclick: press, ...more }, words);
  const adds = (...buttons) => make("p", { class: "adds" }, buttons);
  /* A small button that also says, unseen, which group it is about. */
  const small = (key, about, press, more) => make("button", { type: "button", class: "tool", onclick: press, ...more },
    say(key), " ", fields.follow(make("span", { class: "unseen" }), about));
  const remove = (name, press) => make("button", {
    type: "button", class: "remove", onclick: press, "aria-label": say("remove_named", { name }), title: say("remove")
  }, "×");

  /* One entry of a list, under its name, with a button that removes it; the focus then goes to the element `back`. */
  function entry(list, index, place, name, icon, back, ...content) {
    const gone = () => edit(() => list.splice(index, 1), back);
    return make("fieldset", { class: "item", id: card(place), tabindex: "-1" },
      make("legend", {}, icon && ask.icon(icon), make("span", {}, name)), content, back && remove(name, gone));
  }
  /* A list of interventions with their fields. */
  const interventions = (list, place) => list.map(function (item, index) {
    const here = place + "." + index;
    return entry(list, index, here, items.title(item), names.icon(item), place + "-add", items.body(list, index, here));
  });
  /* Adds what is chosen from the offers. */
  async function choose(list, place, kinds) {
    const found = await ask.pick(say("pick_intervention"), items.offers(), items.byHand(kinds));
    if (found) { edit(() => list.push(...found.protocol.map(ask.question.item)), card(place + "." + list.length)); }
  }
  const append = (list, place, made) => edit(() => list.push(...made), card(place + "." + list.length));
  /* Writes a key, or takes it away where there is nothing to write. */
  const own = (holder, key, usual) => ({
    get: () => holder[key] || usual || "",
    set: (value) => { if (value === undefined || value === (usual || "")) { delete holder[key]; } else { holder[key] = value; } }
  });

  ask.parts = { edit, card, add, adds, small, entry, interventions, choose, append, own };
})(window.euthymiaAsk = window.euthymiaAsk || {});
