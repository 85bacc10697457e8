"""What a page looks like, as far as a program can tell: nothing over something else, no word broken, not too long, and printed as meant."""

# Each piece of text that is drawn, with the lines that it takes. Text of drawings counts as well.
PIECES_SCRIPT = """
const shown = e => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
const pieces = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let n; (n = walk.nextNode());) {
  const e = n.parentElement;
  if (!n.data.trim() || e.closest('script, style, noscript, header, .skip, #live, title') || !shown(e)) continue;
  const range = document.createRange();
  range.selectNodeContents(n);
  for (const r of range.getClientRects()) {
    if (r.width > 1 && r.height > 1) pieces.push([n, r.left, r.top + 2, r.right, r.bottom - 2]);
  }
}
"""

OVERLAP_SCRIPT = PIECES_SCRIPT + """
pieces.sort((a, b) => a[2] - b[2]);
const bad = [];
for (let i = 0; i < pieces.length; i++) {
  const a = pieces[i];
  for (let j = i + 1; j < pieces.length && pieces[j][2] < a[4]; j++) {
    const b = pieces[j];
    const wide = Math.min(a[3], b[3]) - Math.max(a[1], b[1]), high = Math.min(a[4], b[4]) - b[2];
    if (a[0] != b[0] && wide > 1.5 && high > 1.5) bad.push(a[0].data.trim().slice(0, 40) + ' | ' + b[0].data.trim().slice(0, 40));
  }
}
return [...new Set(bad)].slice(0, 5);
"""

# A word that ends on another line than it began, though it would have had room on one: letters on both sides of the break, in one node.
BROKEN_SCRIPT = """
const bad = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const room = document.getElementById('main').clientWidth / 2;
for (let n; (n = walk.nextNode());) {
  const e = n.parentElement;
  if (!n.data.trim() || e.closest('script, style, noscript, pre, svg, .skip, #live') || !e.checkVisibility()) continue;
  const range = document.createRange();
  for (const word of n.data.matchAll(/[\\p{L}\\p{N}]{2,}/gu)) {
    range.setStart(n, word.index);
    range.setEnd(n, word.index + word[0].length);
    const lines = [...range.getClientRects()].filter(r => r.width > 0.5);
    const tops = new Set(lines.map(r => Math.round(r.top)));
    if (tops.size > 1 && lines.reduce((sum, r) => sum + r.width, 0) < room) bad.push(word[0]);
  }
}
return [...new Set(bad)].slice(0, 5);
"""

# With the media of print emulated.
PRINT_SCRIPT = """
const drawn = e => e.checkVisibility({checkVisibilityCSS: true});
const bad = [], words = e => (e.textContent || '').trim().slice(0, 40);
for (const head of document.querySelectorAll('thead th')) {
  if (!drawn(head.closest('table')) || !words(head)) continue;
  const text = document.createRange();
  text.selectNodeContents(head);
  if (![...text.getClientRects()].some(r => r.width > 0)) bad.push('a table without its heading: ' + words(head));
  const style = getComputedStyle(head.closest('thead'));
  if (style.display != 'table-header-group' || style.breakInside != 'avoid') bad.push('a heading that is not repeated: ' + words(head));
  for (let e = head; e; e = e.parentElement) {
    if (e.matches('.sc') && getComputedStyle(e).overflowX != 'visible') bad.push('a table in a box that scrolls: ' + words(head));
  }
}
for (const fold of document.querySelectorAll('details:not(.card)')) {
  if (drawn(fold) && !fold.closest('td')) bad.push('a fold is printed: ' + words(fold));
}
for (const card of document.querySelectorAll('details.card')) {
  const fixes = [...card.querySelectorAll('.fix')].filter(drawn);
  if (fixes.length > 1) bad.push(fixes.length + ' remedies are printed for ' + card.id);
}
return [...new Set(bad)].slice(0, 5);
"""

OPEN = "document.querySelectorAll('details').forEach(d => { d.open = arguments[0]; })"


def check_drawn(browser, problem, width: int) -> None:
    """Nothing lies over anything, folded and unfolded."""
    browser.view(width, 800)
    folded = browser.run("return [...document.querySelectorAll('details')].map(d => d.open)")
    for state in ("as it opens", "all unfolded"):
        if state == "all unfolded":
            browser.run(OPEN, True)
        overlaps = browser.run(OVERLAP_SCRIPT)
        if overlaps:
            problem(f"at {width} px, {state}, text lies over text: {overlaps}")
        broken = browser.run(BROKEN_SCRIPT) if width > 1000 else []
        if broken:
            problem(f"at {width} px, {state}, words are broken: {broken}")
    browser.run("document.querySelectorAll('details').forEach((d, i) => { d.open = arguments[0][i]; })", folded)


def check_height(browser, problem, most: int) -> None:
    """A page is read, not scrolled through."""
    browser.view(1280, 800)
    height = browser.run("return document.documentElement.scrollHeight")
    if height > most:
        problem(f"the page is {height} px high at 1280 px, more than {most}")


def check_printed(browser, problem) -> None:
    """Tables have their headings on every page, folds stay folded, and of the remedies the first is printed."""
    browser.view(1280, 800)
    browser.protocol("Emulation.setEmulatedMedia", media="print")
    browser.run("dispatchEvent(new Event('beforeprint'))")
    bad = browser.run(PRINT_SCRIPT)
    browser.run("dispatchEvent(new Event('afterprint'))")
    browser.protocol("Emulation.setEmulatedMedia", media="")
    if bad:
        problem(f"printed: {bad}")
