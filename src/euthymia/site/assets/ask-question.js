/* A question as data: reading what came from elsewhere, changing its groups, what it needs to be run. No page here. */
(function (ask) {
  "use strict";
  const MOST_ITEMS = 200;
  const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

  const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const records = (value) => Array.isArray(value) && value.length <= MOST_ITEMS && value.every(isRecord);
  const copy = (value) => JSON.parse(JSON.stringify(value));
  const listed = (value) => (Array.isArray(value) ? value : [value]);
  const named = (value) => typeof value === "string" && NAME.test(value);
  const said = (value) => typeof value === "string" || (isRecord(value) && typeof value.en === "string" && typeof value.zh === "string");

  /* An intervention with its times as a list; an injury has one time. */
  function item(data) {
    const own = copy(data);
    if ("at" in own && !("injury" in own)) { own.at = listed(own.at).map(String); }
    return own;
  }
  const items = (list) => list.map(item);
  /* A question from data of any origin, or null where it has not the form of one; its sense is for the server to judge. */
  function read(data) {
    if (!isRecord(data) || !records(data.arms) || !records(data.sampling) || !data.arms.length) { return null; }
    const cohort = data.cohort === undefined ? {} : data.cohort;
    if (!isRecord(cohort)) { return null; }
    const parts = [cohort.genotype || [], cohort.stress || [], ...data.arms.map((arm) => arm.protocol || [])];
    const names = data.arms.map((arm) => arm.id);
    const sound = parts.every(records) && names.every(named) && new Set(names).size === names.length
      && data.sampling.every((one) => typeof one.assay === "string" && one.times !== undefined)
      && data.arms.every((arm) => arm.label === undefined || arm.label === null || said(arm.label))
      && (!data.contrasts || records(data.contrasts)) && (!data.combinations || records(data.combinations))
      && (!data.grid || isRecord(data.grid)) && (data.title === undefined || said(data.title));
    if (!sound) { return null; }
    const made = copy(data);
    made.format = 1;
    made.title = data.title || "";
    made.animals = data.animals === undefined ? 100 : data.animals;
    made.seed = data.seed === undefined ? 1 : data.seed;
    made.cohort = { ...copy(cohort), genotype: items(cohort.genotype || []), stress: items(cohort.stress || []) };
    made.arms = data.arms.map((arm) => ({ ...copy(arm), protocol: items(arm.protocol || []) }));
    made.arms.forEach((arm) => { if (arm.history === true) { delete arm.history; } });
    if (made.cohort.sex === "unknown") { delete made.cohort.sex; }
    made.sampling = data.sampling.map((one) => ({ ...copy(one), of: one.of ? listed(one.of) : [], times: listed(one.times).map(String) }));
    ["studies", "rivals", "combinations"].forEach((key) => { if (!Array.isArray(made[key])) { made[key] = []; } });
    made.contrasts = data.contrasts || null;
    made.grid = data.grid || null;
    return made;
  }

  function slim(value) {
    const empty = (one) => one === null || one === undefined || (Array.isArray(one) && !one.length) || (isRecord(one) && !Object.keys(one).length);
    return Object.fromEntries(Object.entries(value).filter(([, one]) => !empty(one)));
  }
  /* The question as it is sent, saved and linked: without what is empty. */
  function plain(question) {
    const made = slim(copy(question));
    made.title = question.title || "?";
    if (question.contrasts && !question.contrasts.length) { made.contrasts = []; }
    made.cohort = slim(copy(question.cohort));
    if (!Object.keys(made.cohort).length) { delete made.cohort; }
    made.arms = question.arms.map((arm) => slim(copy(arm)));
    made.sampling = question.sampling.map((one) => slim(copy(one)));
    return made;
  }

  function freeName(question, wish) {
    const taken = question.arms.map((arm) => arm.id);
    const stem = named(wish) ? wish.slice(0, 50) : "group";
    let name = stem, count = 2;
    while (taken.includes(name)) { name = stem + "_" + count; count += 1; }
    return name;
  }
  function kindOf(item) {
    return ["drug", "bath", "stress", "injury", "gene", "method", "exercise", "infusion", "imaging"].find((key) => key in item) || "other";
  }

  function addArm(question, protocol, wish) {
    const arm = { id: freeName(question, wish || "group"), protocol: items(protocol || []) };
    question.arms.push(arm);
    arm.label = autoLabel(question, arm);
    return arm;
  }
  function copyArm(question, place) {
    const arm = copy(question.arms[place]);
    arm.id = freeName(question, arm.id.replace(/_\d+$/, ""));
    question.arms.splice(place + 1, 0, arm);
    return arm;
  }
  /* A group goes, and with it what speaks of it; says what had to go. */
  function removeArm(question, place) {
    const [gone] = question.arms.splice(place, 1);
    const speaks = (one) => Object.entries(one).some(([key, value]) => value === gone.id && !["assay", "of", "time", "full"].includes(key));
    const before = (question.contrasts || []).length + question.combinations.length + (question.grid ? 1 : 0);
    if (question.contrasts) {
      question.contrasts = question.contrasts.filter((one) => !speaks(one));
      if (!question.contrasts.length) { question.contrasts = null; }
    }
    question.combinations = question.combinations.filter((one) => !speaks(one));
    if (question.grid && speaks(question.grid)) { question.grid = null; }
    return before - ((question.contrasts || []).length + question.combinations.length + (question.grid ? 1 : 0));
  }
  function moveArm(question, place, by) {
    const [arm] = question.arms.splice(place, 1);
    question.arms.splice(place + by, 0, arm);
  }

  /* Four groups that tell whether two do more together: the one that is given all that two others are given. */
  function together(question) {
    const key = (arm) => arm.protocol.map((one) => JSON.stringify(one)).sort(), given = question.arms.filter((arm) => arm.protocol.length);
    const none = question.arms.find((arm) => !arm.protocol.length) || question.arms[0];
    for (const both of given) {
      for (const first of given) {
        const second = given.find((arm) => arm !== first && arm !== both && first !== both && JSON.stringify([...key(first), ...key(arm)].sort()) === JSON.stringify(key(both)));
        if (second) { return { both: both.id, first: first.id, second: second.id, none: none.id }; }
      }
    }
    const [first, second, both] = question.arms.filter((arm) => arm !== none);
    return { both: both.id, first: first.id, second: second.id, none: none.id };
  }

  /* Words for a group by what it is given; names that the reader typed stay as they are. */
  function autoLabel(question, arm) {
    const stress = question.cohort.stress;
    if (!arm.protocol.length) {
      if (!stress.length) { return ask.say("untreated"); }
      if (arm.history === false) { return ask.say("unstressed"); }
      return ask.say(stress.some((item) => "stress" in item) ? "stressed_untreated" : "injured_untreated");
    }
    const given = ask.joined(arm.protocol.slice(0, 4).map((item) => ask.names.short(item)), { en: " + ", zh: " + " });
    return arm.history === false && stress.length ? ask.say("given_unstressed", { given }) : given;
  }
  function autoTitle(question) {
    const names = question.arms.map((arm) => arm.label || arm.id), [first, ...others] = names;
    if (!others.length) { return ask.both(first); }
    if (others.length > 2) { return ask.say("title_several", { count: others.length, first }); }
    return ask.say("title_against", { arms: ask.joined(others, ask.say("comma")), first });
  }
  const same = (one, other) => JSON.stringify(ask.both(one)) === JSON.stringify(ask.both(other));
  /* Runs a change, then renews those names and that title which nobody typed. */
  function relabelled(question, change) {
    const before = new Map(question.arms.map((arm) => [arm, { label: arm.label, own: !arm.label || same(arm.label, autoLabel(question, arm)) }]));
    const title = question.title, own = !title || same(title, autoTitle(question));
    change();
    question.arms.forEach(function (arm) {
      const then = before.get(arm);
      if (then && then.own && then.label === arm.label) { arm.label = autoLabel(question, arm); }
    });
    if (own && title === question.title) { question.title = autoTitle(question); }
  }

  /* First and last day, animals and groups, for a sentence and for limits. */
  function size(question) {
    const known = (list) => list.filter((day) => !Number.isNaN(day));
    const items = [...question.cohort.genotype, ...question.cohort.stress, ...question.arms.flatMap((arm) => arm.protocol)];
    const times = (item) => [item.start, item.since, ...(item.at ? listed(item.at) : []), ...(item.sessions || [])];
    const starts = known(items.flatMap(times).filter((one) => one !== undefined && one !== null).map(ask.time.days));
    const reads = known(question.sampling.flatMap((one) => one.times.map(ask.time.days)));
    const first = Math.min(0, ...starts, ...reads), last = Math.max(...reads, first);
    return { first, last, days: last - first, arms: question.arms.length, animals: question.animals };
  }

  /* The question that a link asks for by names of interventions: each beside the stressed, untreated animals. */
  function using(names) {
    const question = read(ask.atlas.examples[0].question);
    question.arms = question.arms.slice(0, 1);
    const chosen = names.map((name) => ask.atlas.interventions.find((one) => one.id === name)).filter(Boolean);
    chosen.forEach(function (one) {
      const arm = addArm(question, one.protocol, one.id), [only, ...more] = one.protocol;
      if (more.length || !only.drug) { arm.label = one.short; } // the name of one drug follows its dose
    });
    question.title = autoTitle(question);
    return chosen.length ? question : null;
  }

  ask.question = {
    read, plain, copy, listed, item, kindOf, addArm, copyArm, removeArm, moveArm, together, relabelled, size, using, isRecord,
    first: () => read(ask.atlas.examples[0].question)
  };
})(window.euthymiaAsk = window.euthymiaAsk || {});
