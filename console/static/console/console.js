// Small manners of the console: copy buttons, "/" for the list's search, Ctrl K for the finder. Nothing here decides about money.
"use strict";

function openFinder() {
  const finder = document.getElementById("find");
  if (finder && !finder.open) {
    finder.showModal();
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-find]")) {
    openFinder();
  }
  if (event.target.id === "find") {
    event.target.close();
  }
  const button = event.target.closest("[data-copy]");
  if (!button) {
    return;
  }
  navigator.clipboard.writeText(button.dataset.copy).then(() => {
    button.classList.add("c-copied");
    setTimeout(() => button.classList.remove("c-copied"), 1500);
  });
});

document.addEventListener("DOMContentLoaded", () => {
  const isNarrow = window.matchMedia("(max-width: 767px)").matches;
  document.querySelectorAll("[data-folds-when-narrow]").forEach((details) => {
    details.open = !isNarrow;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "k" && (event.metaKey || event.ctrlKey)) {
    event.preventDefault();
    openFinder();
  }
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const search = document.querySelector("[data-search]");
  if (event.key === "/" && !typing && search) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});
