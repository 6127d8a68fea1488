"use strict";
// The table of posts: opened from compressed blocks when wanted, filtered, sorted and paged. Whatever comes from a post goes
// into the page as textContent, never as markup.
(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const { texts, language } = settings;
  const PAGE = 50;
  const EXCERPT = 300;
  const SEARCH_DELAY = 200; // milliseconds after the last key
  const $ = (id) => document.getElementById(id);
  const body = $("table").tBodies[0];
  const count = new Intl.NumberFormat(language);
  const decimal = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const names = new Intl.DisplayNames([language], { type: "language", fallback: "code" });
  const shaded = new Set(settings.shaded);

  const say = (key, values = {}) =>
    texts[key].replace(/\{(\w+)\}/g, (_, name) =>
      typeof values[name] === "number" ? count.format(values[name]) : String(values[name]));

  const percent = (share) => {
    const sign = language === "fr" ? "\u00a0%" : "%";
    if (share > 0.999) return `>${decimal.format(99.9)}${sign}`; // certainty is never claimed
    return share < 0.001 ? `<${decimal.format(0.1)}${sign}` : decimal.format(100 * share) + sign;
  };

  const languageName = (code) => {
    try {
      return code === "und" ? texts.unknown_language : names.of(code);
    } catch {
      return code;
    }
  };

  const moment = (seconds) => new Date(1000 * seconds).toISOString().slice(0, 16).replace("T", " ");

  // Blocks of posts

  const parsed = new Promise((done) => addEventListener("DOMContentLoaded", done)); // blocks but the first come after this script
  const blocks = []; // columns of those opened
  const opening = [];
  let evidence;

  async function unpack(element) {
    const binary = atob(element.textContent);
    element.remove();
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  async function unpackBlock(number) {
    if (number) await parsed;
    blocks[number] = await unpack($(`block-${number}`));
  }

  const open = (number) => (opening[number] ??= unpackBlock(number));

  async function openAll() {
    const all = Math.ceil(settings.posts / settings.block);
    for (let number = 0; number < all; number++) {
      if (!blocks[number]) $("status").textContent = say("loading", { share: percent(number / all) });
      await open(number);
    }
  }

  const value = (column, place) => blocks[Math.floor(place / settings.block)][column][place % settings.block];

  // Which posts, in which order

  const everything = Array.from({ length: settings.posts }, (_, place) => place);
  let view = everything;
  let page = 0;
  let sorted = { column: "logit", descending: true }; // the order of the blocks
  let turn = 0; // of the latest request: an earlier one that ends later is dropped

  const chosen = (name) => $(`f-${name}`)?.value ?? "";

  function filters() {
    const tests = [];
    const text = chosen("text").trim().toLocaleLowerCase();
    const verdict = chosen("verdict");
    for (const column of ["language", "account"]) {
      const wanted = chosen(column);
      if (wanted) tests.push((place) => value(column, place) === wanted);
    }
    if (verdict) {
      const number = settings.verdicts.indexOf(verdict);
      tests.push((place) => value("verdict", place) === number);
    }
    if (chosen("campaign")) tests.push((place) => value("campaign", place) === Number(chosen("campaign")));
    if ($("f-shaded")?.checked) tests.push((place) => shaded.has(place));
    if (text) {
      tests.push((place) => ["text", "account", "id"].some(
        (column) => value(column, place)?.toLocaleLowerCase().includes(text)));
    }
    return tests;
  }

  function order(places) {
    const { column, descending } = sorted;
    if (column === "logit" && descending) return places;
    const sign = descending ? -1 : 1;
    const keys = new Map(places.map((place) => [place, value(column, place)]));
    return places.toSorted((a, b) => {
      const left = keys.get(a), right = keys.get(b);
      if (left === null || right === null) return (left === null) - (right === null) || a - b;
      return left < right ? -sign : left > right ? sign : a - b;
    });
  }

  async function show(first = 0) {
    const mine = ++turn;
    const tests = filters();
    try {
      const whole = !tests.length && sorted.column === "logit" && sorted.descending;
      if (!whole) await openAll();
      if (mine !== turn) return;
      view = whole ? everything : order(everything.filter((place) => tests.every((test) => test(place))));
      page = first;
      const places = view.slice(page * PAGE, (page + 1) * PAGE);
      for (const number of new Set(places.map((place) => Math.floor(place / settings.block)))) await open(number);
      if (mine !== turn) return;
      body.replaceChildren(...places.map(row));
    } catch (error) {
      $("status").textContent = say("failed", { why: error.message });
      return;
    }
    const pages = Math.max(1, Math.ceil(view.length / PAGE));
    $("previous").disabled = page === 0;
    $("next").disabled = page + 1 >= pages;
    $("status").textContent = view.length
      ? say("matching", { n: view.length, all: settings.posts, page: page + 1, pages })
      : say("no_match");
  }

  // Rows

  function row(place) {
    const made = $("row").content.cloneNode(true).firstElementChild;
    const get = (column) => value(column, place);
    const cell = (name) => made.querySelector(`.c-${name}`);
    const verdict = settings.verdicts[get("verdict")];
    const mark = cell("verdict").firstElementChild;
    mark.classList.add(verdict);
    mark.textContent = texts[verdict];
    cell("logit").textContent = get("probability") === null ? "–" : percent(get("probability"));
    const button = cell("text").firstElementChild;
    const start = get("text").slice(0, EXCERPT).replace(/[\uD800-\uDBFF]$/, "").replace(/\s+/g, " ").trim();
    button.textContent = (start || "–") + (get("text").length > EXCERPT ? "…" : "");
    if (shaded.has(place)) button.prepend(made.querySelector(".shaded"));
    else made.querySelector(".shaded").remove();
    button.dataset.place = place;
    cell("account").firstElementChild.textContent = get("account") ?? "–";
    cell("language").textContent = languageName(get("language"));
    cell("tokens").textContent = count.format(get("tokens"));
    cell("time").textContent = get("time") === null ? "–" : moment(get("time"));
    return made;
  }

  async function toggle(button) {
    const line = button.closest("tr");
    const opened = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!opened));
    const below = line.nextElementSibling;
    if (opened) {
      if (below?.classList.contains("detail")) below.remove();
      return;
    }
    const made = await detail(Number(button.dataset.place));
    if (button.getAttribute("aria-expanded") === "true") line.after(made); // unless closed again meanwhile
  }

  async function detail(place) {
    const made = $("detail").content.cloneNode(true).firstElementChild;
    const get = (column) => value(column, place);
    const full = made.querySelector(".full");
    const note = made.querySelector(".note");
    const notes = [];
    if (shaded.has(place)) {
      evidence ??= unpack($("evidence"));
      shade(full, made.querySelector(".shades"), (await evidence)[place]);
      notes.push(texts.shading_about);
      if (get("model").endsWith("(fast)")) notes.push(texts.shading_fast);
      else if (get("model") !== settings.model) notes.push(say("shading_other", { model: get("model"), own: settings.model }));
    } else {
      full.textContent = get("text");
      made.querySelector(".shades").remove();
      if (get("cut")) notes.push(say("cut", { n: get("cut") }));
      notes.push(texts.not_shaded);
    }
    note.textContent = notes.join(" ");
    const facts = [
      ["reason", texts[settings.reasons[get("reason")]] ?? "–"],
      ["probability", get("probability") === null ? "–" : percent(get("probability"))],
      ["logit", get("logit") === null ? "–" : get("logit").toLocaleString(language)],
      ["language", languageName(get("language"))],
      ["length", count.format(get("tokens"))],
      ["account", get("account") ?? "–"],
      ["time", get("time") === null ? "–" : moment(get("time"))],
      ...(get("campaign") ? [["campaign", count.format(get("campaign"))]] : []),
      ["id", get("id")],
      ["model", get("model")],
    ];
    for (const [key, told] of facts) {
      const pair = document.createElement("div"), term = document.createElement("dt"), words = document.createElement("dd");
      term.textContent = texts[key];
      words.textContent = told;
      words.dir = "auto";
      pair.append(term, words);
      made.querySelector(".facts").append(pair);
    }
    return made;
  }

  function shade(full, legend, words) {
    const counts = [0, 0, 0, 0];
    for (const [text, level, rank, surprisal] of words) {
      const core = text.trim();
      const span = document.createElement("span");
      span.className = `word l${level}`;
      span.textContent = core;
      span.title = say("rank", { rank, surprisal: decimal.format(surprisal) });
      const start = text.indexOf(core);
      full.append(text.slice(0, start), span, text.slice(start + core.length));
      if (core) counts[level]++;
    }
    legend.querySelectorAll("b").forEach((place, level) => (place.textContent = count.format(counts[level])));
  }

  // What the reader does

  for (const element of document.querySelectorAll("[data-language]")) element.textContent = languageName(element.dataset.language);
  for (const name of ["verdict", "language", "account", "campaign", "shaded"]) $(`f-${name}`)?.addEventListener("change", () => show());
  let waiting;
  $("f-text").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, SEARCH_DELAY);
  });
  $("previous").addEventListener("click", () => show(page - 1));
  $("next").addEventListener("click", () => show(page + 1));
  $("clear").addEventListener("click", () => {
    clear();
    show();
    $("f-text").focus();
  });
  body.addEventListener("click", (event) => {
    const button = event.target.closest("button.post");
    if (button) toggle(button);
  });
  $("table").tHead.addEventListener("click", (event) => {
    const head = event.target.closest("button")?.closest("th");
    if (!head) return;
    const column = head.dataset.column;
    // Numbers and times are read from the top, words from A.
    const descending = sorted.column === column ? !sorted.descending : ["logit", "tokens", "time"].includes(column);
    sorted = { column, descending };
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    show();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("button[data-account], button[data-campaign]");
    if (!link) return;
    clear();
    const name = link.dataset.account === undefined ? "campaign" : "account";
    $(`f-${name}`).value = link.dataset[name];
    show();
    $("posts-h").focus();
  });

  function clear() {
    for (const name of ["text", "verdict", "language", "account", "campaign"]) if ($(`f-${name}`)) $(`f-${name}`).value = "";
    if ($("f-shaded")) $("f-shaded").checked = false;
  }

  show();
})();
