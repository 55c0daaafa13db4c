/* Quantities and schedules as questions write them: "1 mg/kg", "7 d", a list of times. */
(function (ask) {
  "use strict";
  const DAYS = { s: 1 / 86400, min: 1 / 1440, h: 1 / 24, hour: 1 / 24, d: 1, day: 1, days: 1, week: 7 };
  const SAID = {
    "秒": "s", "分": "min", "分钟": "min", "时": "h", "小时": "h", "天": "d", "日": "d", "周": "week",
    hours: "h", hr: "h", minutes: "min", weeks: "week", wk: "week", w: "week"
  };
  const FORM = /^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$/;
  const MOST = 1000, CLOSE = 1e-6;

  const quantity = {
    /* Number and unit, or null. */
    read(text) {
      const found = FORM.exec(String(text).replace(/[−–]/g, "-"));
      return found ? { value: Number(found[1]), unit: found[2] } : null;
    },
    write: (value, unit) => (tidy(value) + " " + unit).trim()
  };
  function tidy(value) { return String(Number(Number(value).toPrecision(9))); }

  const time = {
    units: ["min", "h", "d"],
    days(text) {
      const found = quantity.read(text);
      return found && found.unit in DAYS ? found.value * DAYS[found.unit] : NaN;
    },
    write: (days, unit) => quantity.write(days / DAYS[unit], unit),
    unit(text) {
      const found = quantity.read(text);
      return found && found.unit in DAYS ? found.unit : "d";
    },
    /* Another point in time, in the unit of the first one where that is a short number. */
    moved(text, by) {
      const days = time.days(text) + by, unit = time.unit(text);
      return time.write(days, unit !== "d" && Math.abs(days) >= 4 ? "d" : unit);
    },
    /* One step of a key: a day, an hour or five minutes. */
    step: (text) => ({ min: 5 / 1440, s: 1 / 1440, h: 1 / 24, hour: 1 / 24 })[time.unit(text)] || 1
  };

  /* Times as people list them ("2 h, 1 d, 7"); a bare number is in days. Null where a part cannot be read. */
  function readList(text) {
    const parts = String(text).split(/[,，、;；\n]+/).map((part) => part.trim()).filter(Boolean);
    const read = parts.map(function (part) {
      const found = quantity.read(part);
      const unit = found && (SAID[found.unit] || found.unit || "d");
      return found && unit in DAYS ? quantity.write(found.value, unit) : null;
    });
    return read.length && read.length <= MOST && read.every(Boolean) ? read : null;
  }

  /* How a list of times can be said: once, a series of equal steps, or a list. */
  function schedule(at) {
    const days = at.map(time.days);
    if (days.some(Number.isNaN)) { return { kind: "list" }; }
    if (days.length === 1) { return { kind: "once" }; }
    const every = days[1] - days[0];
    const even = every > 0 && days.every((day, place) => Math.abs(day - days[0] - place * every) < CLOSE);
    return even ? { kind: "series", first: at[0], every, count: at.length } : { kind: "list" };
  }
  function series(first, every, count) {
    const start = time.days(first), unit = time.unit(first);
    return Array.from({ length: Math.min(MOST, count) }, (_, place) => time.write(start + place * every, unit));
  }

  ask.quantity = quantity;
  ask.time = time;
  ask.times = { readList, schedule, series, tidy, most: MOST };
})(window.euthymiaAsk = window.euthymiaAsk || {});
