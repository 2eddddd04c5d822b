// Light or dark. Not a module: it runs before the first paint, so that a page
// that was set dark does not flash white.
(() => {
  const STORED = "console.theme";
  const NEXT = { auto: "light", light: "dark", dark: "auto" };
  const root = document.documentElement;

  const stored = () => {
    try {
      return localStorage.getItem(STORED) ?? "auto";
    } catch {
      return "auto"; // storage is switched off
    }
  };

  let theme = stored() in NEXT ? stored() : "auto";

  const apply = () => {
    root.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (button) button.textContent = `Theme: ${theme}`;
  };

  const turn = () => {
    theme = NEXT[theme];
    try {
      localStorage.setItem(STORED, theme);
    } catch {
      // it holds for this page
    }
    apply();
  };

  apply();
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    document.getElementById("theme").addEventListener("click", turn);
  });
})();
