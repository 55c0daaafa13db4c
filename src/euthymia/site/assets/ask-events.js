/* What of a question stands somewhere in time: doses, bands of stress, readings; what each is called and how it is moved. */
(function (ask) {
  "use strict";
  const { say, names, time } = ask;
  const NEAR = 2, CLOSER = 12, LONGEST = 365;

  const known = (value) => value !== undefined && value !== null;
  const label = (name, text) => say("mark", { name, when: names.at(text) });
  /* One of several times of an intervention, which moves alone. */
  const single = (base, list, key, text, place) => ({
    ...base, path: base.path + "." + key + "." + place, at: time.days(text), text, label: label(base.name, text),
    move: (by) => { list[place] = time.moved(text, by); }
  });
  /* A series of even steps moves as a whole. */
  function series(base, item, plan) {
    const { at } = item, first = names.at(at[0]), last = names.at(at[at.length - 1]);
    return {
      ...base, path: base.path + ".at", at: time.days(at[0]), text: at[0], all: at.map(time.days),
      label: say("mark_series", { name: base.name, count: at.length, first, last }),
      move: (by) => { item.at = ask.times.series(time.moved(at[0], by), plan.every, plan.count); }
    };
  }
  function stress(base, item) {
    const days = Number(item.days);
    return {
      ...base, to: base.at + days, label: say("mark_stress", { name: base.name, when: names.at(item.start), days: item.days }),
      size: (by) => { item.days = Math.min(LONGEST, Math.max(1, days + by)); }
    };
  }
  /* The marks of an intervention: `at` and `to` in days, null throughout; `all` of a series; `line` from there on. */
  function marks(item, path, more) {
    const kind = ask.question.kindOf(item), base = { item, path, kind, name: names.short(item), ...more };
    const one = (key) => ({
      ...base, path: path + "." + key, at: time.days(item[key]), text: item[key], label: label(base.name, item[key]),
      move: (by) => { item[key] = time.moved(item[key], by); }
    });
    const always = { ...base, at: null, fixed: true, label: say("mark_always", { name: base.name }) };
    if (kind === "drug" || kind === "infusion") {
      const at = Array.isArray(item.at) ? item.at : [], plan = ask.times.schedule(at);
      return plan.kind === "series" ? [series(base, item, plan)] : at.map((text, place) => single(base, at, "at", text, place));
    }
    if (kind === "imaging") { return (item.sessions || []).map((text, place) => single(base, item.sessions, "sessions", text, place)); }
    if (kind === "injury") { return [{ ...one("at"), line: true }]; }
    if (kind === "gene") { return known(item.since) ? [{ ...one("since"), line: true, label: say("mark_since", { name: base.name, when: names.at(item.since) }) }] : [always]; }
    if (!known(item.start)) { return kind === "method" ? [always] : []; }
    if (kind === "stress") { return [stress(one("start"), item)]; }
    return [{ ...one("start"), to: known(item.duration) ? time.days(item.start) + time.days(item.duration) : null }];
  }
  const readings = (question) => question.sampling.flatMap((one, row) => one.times.map((text, place) => ({
    path: "sampling." + row + ".times." + place, kind: "sample", row, at: time.days(text), text,
    label: say("mark_reading", { assay: names.assay(one), when: names.at(text) }), move: (by) => { one.times[place] = time.moved(text, by); }
  })));

  /* The days around day 0, where so much happens there that the whole axis cannot show it. */
  function nearby(days) {
    const near = days.filter((day) => Math.abs(day) <= NEAR), room = Math.max(...near) - Math.min(...near);
    const apart = new Set(near.map((day) => day.toFixed(4))).size > 2, wide = Math.max(...days) - Math.min(...days);
    return apart && room > 0 && wide > CLOSER * room ? [Math.min(...near) - room * 0.2, Math.max(...near) + room * 0.2] : null;
  }
  const numbered = (list, path) => list.map((item, place) => [item, path + "." + place]);
  /* All rows with their marks, the readings, and the first and last day, of all and of what is near day 0. */
  ask.events = function (question) {
    const { genotype, stress: burdens } = question.cohort;
    const rows = question.arms.map(function (arm, place) {
      const shared = [...numbered(genotype, "cohort.genotype"), ...(arm.history === false ? [] : numbered(burdens, "cohort.stress"))];
      const own = numbered(arm.protocol, "arms." + place + ".protocol");
      return { arm, place, marks: [...shared.flatMap(([item, path]) => marks(item, path, { shared: true })), ...own.flatMap(([item, path]) => marks(item, path, {}))] };
    });
    const read = readings(question), every = [...rows.flatMap((row) => row.marks), ...read];
    const days = [0, ...every.flatMap((one) => [one.at, one.to, ...(one.all || [])])].filter((day) => typeof day === "number" && Number.isFinite(day));
    return { rows, readings: read, whole: [Math.min(...days), Math.max(...days)], near: nearby(days) };
  };
})(window.euthymiaAsk = window.euthymiaAsk || {});
