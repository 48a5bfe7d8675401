// What keeps somebody from using a page: fields without a name, pictures without words, jumps in the headings, faint text.
(() => {
  const faults = [];
  const shown = (it) => it.getClientRects().length > 0 && getComputedStyle(it).visibility !== "hidden";
  const tell = (words, it) => faults.push(`${words}: ${it.outerHTML.slice(0, 120)}`);
  if (!document.documentElement.lang) faults.push("the page names no language");
  if (!document.title) faults.push("the page has no title");
  if (document.querySelectorAll("h1").length !== 1) faults.push(`${document.querySelectorAll("h1").length} first headings`);
  if (document.querySelectorAll("main").length !== 1) faults.push("no one main part");
  const ids = [...document.querySelectorAll("[id]")].map((it) => it.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => faults.push(`id ${id} stands twice`));
  let level = 1;
  for (const it of document.querySelectorAll("h1, h2, h3, h4")) {
    const now = Number(it.tagName[1]);
    if (now > level + 1) tell(`a heading of level ${now} after ${level}`, it);
    level = now;
  }
  for (const it of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const named = it.labels?.length || it.getAttribute("aria-label") || it.getAttribute("aria-labelledby");
    if (!named) tell("a field without a label", it);
  }
  for (const it of document.querySelectorAll("button, a[href]")) {
    if (!(it.textContent.trim() || it.getAttribute("aria-label"))) tell("a button or link without words", it);
  }
  for (const it of document.querySelectorAll("img")) if (it.getAttribute("alt") === null) tell("a picture without words", it);
  for (const it of document.querySelectorAll("table")) if (!it.querySelector("th[scope]")) tell("a table without headings", it);

  const parts = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((it) => (it / 255 <= 0.03928 ? it / 255 / 12.92 : ((it / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (it) => {
    for (let at = it; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0.99) return color;
    }
    return [255, 255, 255];
  };
  for (const it of document.querySelectorAll("body *")) {
    const words = [...it.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!words || !shown(it) || it.closest(".unseen, .skip, svg, [disabled], script, option")) continue;
    const style = getComputedStyle(it);
    const [front, back] = [light(parts(style.color)), light(behind(it))];
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) tell(`text too faint (${ratio.toFixed(2)})`, it);
  }
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) faults.push(`the page is ${wide} pixels wider than the screen`);
  return faults;
})()
