/* Buildhub's own script: title and favicon, busy buttons, a lost connection, the log's end, copying a link,
   and a message when a publish is done. What is shown and when comes from the server. */
"use strict";
(() => {
  const one = (selector) => document.querySelector(selector);
  const on = (name, action) => document.addEventListener(name, action);
  const WAITS = [10, 20, 40, 60]; // seconds between tries while the connection is lost
  let failures = 0, tries = 0, timer = 0, forced = false, skipped = 0, logAtEnd = true;

  const isPoll = (context) => Boolean(context?.sourceElement?.hasAttribute("data-watch"));
  const ask = () => {
    forced = true;
    one("[data-watch]")?.dispatchEvent(new CustomEvent("bh-poll"));
    forced = false;
  };

  // Title, favicon and the message for those who asked for one.
  const show = () => {
    const state = one("[data-title]");
    if (state) {
      document.title = state.dataset.title + " · Buildhub";
      const icon = one("#favicon");
      if (icon.getAttribute("href") !== state.dataset.favicon) icon.href = state.dataset.favicon;
      if (state.dataset.ended) tell(state.dataset.headline);
    }
    const bell = one("#tell-me");
    if (bell && sessionStorage.getItem("bh-tell") === bell.dataset.build) mark(bell, bell.dataset.on);
    if (bell && sessionStorage.getItem("bh-mail") === bell.dataset.build) mark(bell, bell.dataset.mailed);
    for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
  };
  const mark = (button, words) => {
    button.textContent = words;
    button.setAttribute("aria-pressed", "true");
  };
  const tell = (words) => {
    if (!sessionStorage.getItem("bh-tell")) return;
    sessionStorage.removeItem("bh-tell");
    if (document.hidden && Notification.permission === "granted") new Notification(words);
  };

  on("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      await navigator.clipboard.writeText(copy.dataset.copy || location.href.split("#")[0]);
      copy.querySelector("span").textContent = copy.dataset.done;
      one("#bh-live").textContent = copy.dataset.done;
    }
    if (event.target.closest("#bh-try-now")) ask();
  });

  // "Tell me when it is done": by the browser if it may, else by mail. Without script the form asks for the mail.
  const ring = async (bell) => {
    if (bell.getAttribute("aria-pressed")) return;
    const { build, on, mailed, refused } = bell.dataset;
    if ("Notification" in window && (await Notification.requestPermission()) === "granted") {
      sessionStorage.setItem("bh-tell", build);
      return mark(bell, on);
    }
    const answer = await fetch(bell.form.action, {
      method: "POST", body: new FormData(bell.form), headers: { "HX-Request": "true" },
    }).catch(() => ({}));
    if (answer.status === 204) sessionStorage.setItem("bh-mail", build);
    mark(bell, answer.status === 204 ? mailed : refused);
  };
  on("submit", (event) => {
    if (event.submitter?.id !== "tell-me") return;
    event.preventDefault();
    ring(event.submitter);
  });

  // A press: the button says at once that it was heard, at its old size; a second press is not sent.
  on("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.busy) return;
    if (button.getAttribute("aria-busy")) {
      event.preventDefault();
      return;
    }
    const { width, height } = button.getBoundingClientRect();
    Object.assign(button.style, { minWidth: `${width}px`, minHeight: `${height}px` });
    button.setAttribute("aria-busy", "true");
    button.dataset.label = button.lastElementChild.textContent;
    button.lastElementChild.textContent = button.dataset.busy;
  });
  const rest = (form) => {
    for (const button of form?.querySelectorAll("[aria-busy]") ?? []) {
      button.removeAttribute("aria-busy");
      button.style.minWidth = button.style.minHeight = "";
      button.lastElementChild.textContent = button.dataset.label;
    }
  };

  // Polls: none for a folded log, fewer in a hidden tab, none but our own tries while the connection is lost.
  on("htmx:before:request", (event) => {
    const source = event.detail.ctx.sourceElement;
    if (source.closest("details:not([open])")) event.preventDefault();
    if (isPoll(event.detail.ctx) && !forced) {
      if (failures > 1 || (document.hidden && ++skipped % 5)) event.preventDefault();
    }
  });
  on("htmx:before:response", (event) => {
    const { raw } = event.detail.ctx.response;
    if (raw.redirected) {
      event.preventDefault();
      location.assign(location.pathname); // signed out meanwhile: the page itself leads to the sign-in and back
    } else if (isPoll(event.detail.ctx) && raw.status < 400) found();
  });
  on("htmx:response:error", (event) => failed(event.detail.ctx));
  on("htmx:error", (event) => event.detail.ctx && failed(event.detail.ctx));

  const failed = (context) => {
    if (context.request.method === "POST") {
      if (context.response?.status < 500) location.reload();
      else rest(context.sourceElement), lose();
    } else if (isPoll(context) && ++failures > 1) lose();
  };
  const lose = () => {
    failures = Math.max(failures, 2);
    const seconds = WAITS[Math.min(tries++, WAITS.length - 1)];
    let box = one("#bh-lost-box");
    if (!box) {
      box = document.createElement("div");
      box.id = "bh-lost-box";
      one("#main").prepend(box);
      box.append(one("#bh-lost").content.cloneNode(true));
    }
    const words = box.querySelector("[data-again]");
    words.textContent = words.dataset.again.replace("{seconds}", seconds);
    clearTimeout(timer);
    timer = setTimeout(ask, seconds * 1000);
  };
  const found = () => {
    failures = tries = 0;
    clearTimeout(timer);
    one("#bh-lost-box")?.remove();
  };
  addEventListener("online", ask);
  on("visibilitychange", () => document.hidden || ask());

  // The jump list: its target opens, and the entry that was chosen is marked.
  const jump = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target?.matches("details")) return;
    target.open = true;
    for (const link of document.querySelectorAll(".bh-jump a")) {
      if (link.hash === location.hash) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  addEventListener("hashchange", jump);
  jump();

  // A question with a page of its own opens over this one; without an answer the browser goes to that page.
  const dialog = one("#bh-dialog");
  on("click", async (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
      if (!answer.ok || answer.redirected) throw new Error("no answer");
      dialog.innerHTML = await answer.text();
      if (!dialog.open) dialog.showModal();
    } catch {
      location.assign(link.href);
    }
  });
  dialog?.addEventListener("close", () => {
    dialog.replaceChildren();
    if (document.activeElement === document.body) one("h1")?.focus(); // what opened it is gone
  });

  // The log follows its end only if the reader is there.
  on("htmx:before:swap", () => {
    const box = one("#log-box");
    logAtEnd = box && box.scrollHeight - box.scrollTop - box.clientHeight < 48;
  });
  const follow = () => {
    const box = one("#log-box");
    if (box && logAtEnd) box.scrollTop = box.scrollHeight;
  };
  on("htmx:after:settle", () => {
    show();
    follow();
  });
  one("#log")?.addEventListener("toggle", follow);
  show();
  follow();
})();
