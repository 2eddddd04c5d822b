/** The API key: kept by the browser for this tab only. */

const STORED = "console.key";
let inMemory = "";

/** Return the key; empty where there is none. */
export function key() {
  try {
    return sessionStorage.getItem(STORED) ?? "";
  } catch {
    return inMemory; // storage is switched off
  }
}

/** Return the headers that every call of this page has. */
export function keyHeaders() {
  const value = key();
  return value ? { "x-api-key": value } : {};
}

function keep(value) {
  inMemory = value;
  try {
    if (value) sessionStorage.setItem(STORED, value);
    else sessionStorage.removeItem(STORED);
  } catch {
    // it holds for this page
  }
}

/** Wire the dialog; *changed* is called when there is another key. */
export function keyDialog(changed) {
  const dialog = document.getElementById("key-dialog");
  const input = document.getElementById("key-value");
  const open = document.getElementById("key-open");

  const show = () => {
    open.textContent = key() ? "API key set" : "API key";
  };
  const use = (value) => {
    keep(value.trim());
    dialog.close();
    show();
    changed();
  };

  open.addEventListener("click", () => {
    input.value = key();
    dialog.showModal();
  });
  document.getElementById("key-forget").addEventListener("click", () => use(""));
  document.getElementById("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    use(input.value);
  });
  show();
}
