// Parts of a page.

/** An element of a kind, such as "td", with a text in it. */
export function element(kind, text) {
  const made = document.createElement(kind);
  made.textContent = text;
  return made;
}
