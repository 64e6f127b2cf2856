// Pages say everything without this script. It remembers the theme, copies, and follows runs that go on.
"use strict";
const root = document.documentElement;

// Local storage is closed to pages opened from a file in some browsers: the theme is then that of the system.
const stored = (value) => {
  try {
    if (value === undefined) return localStorage.getItem("theme");
    localStorage.setItem("theme", value);
  } catch {
    return null;
  }
};
const isDark = () =>
  root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

// This runs before the body is there, so nothing flashes.
const chosen = stored();
if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

const say = (text) => {
  const status = document.getElementById("status");
  if (status) status.textContent = text;
};

const themeButton = () => {
  const button = document.getElementById("theme");
  if (!button) return;
  const label = () => (button.textContent = isDark() ? "Light theme" : "Dark theme");
  button.hidden = false;
  label();
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    stored(root.dataset.theme);
    label();
  });
};

const copy = async (button) => {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
    say("Copied");
  } catch {
    // Without the clipboard the text is selected, ready to be copied by hand.
    getSelection().selectAllChildren(source);
    say("Selected; copy it with the keyboard");
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
};

// What the part that goes on said last, before anybody opened or closed something in it.
let shown;

// Replaces the part of the page that goes on by what the service says now, as long as it says how often to ask.
const follow = () => {
  const part = document.querySelector("[data-live]");
  if (!part) return;
  shown ??= part.innerHTML;
  setTimeout(async () => {
    try {
      const answer = document.hidden ? null : await fetch(location.href, { headers: { accept: "text/html" } });
      if (answer?.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById(part.id);
        if (fresh && fresh.innerHTML !== shown) {
          shown = fresh.innerHTML;
          for (const open of part.querySelectorAll("details[id]")) {
            const same = fresh.querySelector(`#${CSS.escape(open.id)}`);
            if (same) same.open = open.open;
          }
          const focused = part.contains(document.activeElement) && document.activeElement.getAttribute("href");
          part.replaceWith(fresh);
          document.title = page.title;
          if (focused) fresh.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
          if (fresh.dataset.said !== part.dataset.said) say(fresh.dataset.said ?? "");
          prepare(fresh);
        }
      }
    } catch {
      // The service is away for a moment: ask again.
    }
    follow();
  }, Number(part.dataset.live) * 1000);
};

const prepare = (part) => {
  for (const button of part.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
};

document.addEventListener("DOMContentLoaded", () => {
  themeButton();
  follow();
  prepare(document);
});
