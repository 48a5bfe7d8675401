// The console's only script. Every page works without it, except that nothing moves by itself and nothing is asked twice.
//
// zone      the reader's zone goes into a cookie, so that times stand in it
// live      parts marked data-live are fetched again when something was recorded, and each second while one holds data-soon
// confirm   forms marked data-confirm ask before they are sent
// scan      a field marked data-scan is ready for the scanner whenever nothing else is being typed
// choose    a box marked data-all ticks all boxes of its table
// copy      a button marked data-copy copies what it names
// keys      / goes to the search field

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`zone=${zone}`)) {
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}

// ---- live ----

const LOOK_ANYWAY = 20_000;
const SOON = 1_000;
let fetching = false;
let again = false;

// A part somebody types in, has opened or has ticked something in is left alone.
function busy(part) {
  const dirty = [...part.querySelectorAll("input, textarea, select")].some(
    (field) => field.type !== "hidden" && (field.checked !== field.defaultChecked || (field.value !== field.defaultValue && field.tagName !== "SELECT")),
  );
  return dirty || part.contains(document.activeElement) || part.querySelector("details[open]") || document.querySelector("dialog[open]");
}

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    const answer = await fetch(location.href, { headers: { "x-part": "1" } });
    if (answer.status === 401) {
      location.reload();
      return;
    }
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        const now = fresh.getElementById(part.id);
        if (now && now.innerHTML !== part.innerHTML && !busy(part)) {
          part.innerHTML = now.innerHTML;
        }
      }
    }
  } catch {
    // The server is away for a moment; the next word or look brings the page up to date.
  } finally {
    fetching = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

if (document.querySelector("[data-live]")) {
  const source = new EventSource("/live");
  source.addEventListener("changed", refresh);
  setInterval(() => document.visibilityState === "visible" && refresh(), LOOK_ANYWAY);
  setInterval(() => document.querySelector("[data-live] [data-soon]") && refresh(), SOON);
  addEventListener("pagehide", () => source.close());
}

// ---- confirm ----

function confirmed(form, button) {
  const dialog = document.createElement("dialog");
  const words = document.createElement("p");
  words.textContent = form.dataset.confirm;
  const title = document.createElement("h2");
  title.textContent = button?.textContent ?? "Sure?";
  title.id = "confirm-title";
  dialog.setAttribute("aria-labelledby", title.id);
  const actions = document.createElement("p");
  actions.className = "actions";
  const yes = document.createElement("button");
  yes.className = "primary";
  yes.textContent = button?.textContent ?? "Yes";
  const no = document.createElement("button");
  no.textContent = "Not now";
  actions.append(yes, no);
  dialog.append(title, words, actions);
  document.body.append(dialog);
  yes.addEventListener("click", () => {
    form.dataset.sure = "1";
    dialog.close();
    form.requestSubmit(button ?? undefined);
  });
  no.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    button?.focus();
  });
  dialog.showModal();
  no.focus();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.confirm && !form.dataset.sure) {
    event.preventDefault();
    confirmed(form, event.submitter);
    return;
  }
  // Pressed twice is sent once; the button keeps its name and value because it is disabled after the form is read.
  setTimeout(() => form.querySelectorAll("button").forEach((button) => (button.disabled = form.method === "post")));
});

// A page that comes back from the browser's memory can be used again.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});

// ---- scan, choose, copy, keys ----

const scan = document.querySelector("[data-scan]");
const typing = (element) => element && /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(document.activeElement) || document.querySelector("dialog[open]")) {
    return;
  }
  const search = document.querySelector("[data-search]") ?? scan;
  if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (scan && event.key.length === 1) {
    scan.focus();
    scan.value = "";
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) {
    const boxes = event.target.closest("form").querySelectorAll("tbody input[type=checkbox]");
    boxes.forEach((box) => (box.checked = event.target.checked));
  }
});

document.addEventListener("click", async (event) => {
  document.querySelectorAll(".menu[open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  const button = event.target.closest("[data-copy]");
  if (button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  }
});
