(() => {
'use strict';
const doc = document, root = doc.documentElement, by = id => doc.getElementById(id);
const all = (selector, within = doc) => [...within.querySelectorAll(selector)];
const make = (name, text, className) => {
  const e = doc.createElement(name);
  if (text != null) e.textContent = text;
  if (className) e.className = className;
  return e;
};
// Long names and paths end their lines behind the marks that part them, never in mid-word. The file itself has every text in one piece.
const soften = within => {
  const walk = doc.createTreeWalker(within, NodeFilter.SHOW_TEXT), nodes = [];
  while (walk.nextNode()) nodes.push(walk.currentNode);
  for (const node of nodes) {
    if (!/\S{12}/.test(node.data) || node.parentElement.closest('code, pre, svg, script, style, button')) continue;
    const parts = node.data.match(/.{8,}?[/_.=&?,:-](?=\S)|.+/gs) || [];
    if (parts.length > 1) node.replaceWith(...parts.flatMap(part => [part, make('wbr')]));
  }
};
root.dataset.js = '';
all('.ctl').forEach(e => { e.hidden = false; });
const say = text => { by('live').textContent = text; };

// The cases: from the data block, or from the table where all of them stand there.
const input = by('filter'), table = by('case-table'), PAGE = 15;
let cases = [], shown = [], first = 0, order = null;
const read = () => {
  const block = by('case-data');
  if (!block) return all('tbody tr', table).map((row, i) => {
    const cell = all('td', row), d = cell[2].querySelector('details');
    return {i, cells: cell.map((c, n) => n == 2 && d ? d.firstChild.textContent : c.textContent),
      story: d ? all('p', d).map(p => p.textContent) : [], id: row.id};
  });
  const data = JSON.parse(block.textContent), taken = new Set();
  return data.rows.map(([time, ray, request, edge, origin, cause, seen, story], i) => {
    const part = ray.toLowerCase().replace(/[^a-z0-9-]/g, '').slice(0, 80);
    let id = part && 'case-' + part;
    if (taken.has(id)) id = ''; else taken.add(id);
    return {i, id, cells: [time, ray || '–', request, edge || '–', origin || '–', data.causes[cause], data.seen[seen]],
      story: story.map(n => data.texts[n])};
  });
};
const draw = here => {
  const body = table.tBodies[0];
  body.textContent = '';
  for (const c of shown.slice(first, first + PAGE)) {
    const row = make('tr');
    if (c.id) row.id = c.id;
    if (c.id && c.id == here) row.className = 'here';
    row.setAttribute('aria-rowindex', c.i + 2);
    c.cells.forEach((text, n) => {
      const cell = make('td', n == 2 ? null : text, ['', 'm', 'rq', 'n', 'n', '', ''][n]);
      if (n == 2 && c.story.length) {
        const d = make('details');
        d.append(make('summary', text), ...c.story.map(s => make('p', s)));
        d.open = row.className == 'here';
        cell.append(d);
      } else if (n == 2) cell.textContent = text;
      row.append(cell);
    });
    body.append(row);
  }
  soften(body);
  const last = Math.min(first + PAGE, shown.length);
  const number = n => n.toLocaleString('en');
  const range = shown.length > PAGE ? ', rows ' + number(first + 1) + ' to ' + number(last) : '';
  by('shown').textContent = number(shown.length) + ' of ' + number(cases.length) + ' shown' + range;
  by('earlier').disabled = first == 0;
  by('later').disabled = last >= shown.length;
  by('earlier').parentNode.hidden = shown.length <= PAGE;
};
const filter = () => {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  shown = cases.filter(c => words.every(w => (c.key ??= c.cells.join(' ').toLowerCase()).includes(w)));
  if (order) {
    const [n, sign] = order, value = c => String(c.cells[n]);
    shown.sort((a, b) => sign * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) || a.i - b.i);
  }
  first = 0;
  draw();
};
const remember = () => {
  const hash = input.value ? '#cases&q=' + encodeURIComponent(input.value) : '#cases';
  try { history.replaceState(null, '', hash); } catch (_) { /* refused from disk by some browsers */ }
};
if (table) {
  cases = shown = read();
  input.addEventListener('input', () => { filter(); remember(); });
  by('earlier').addEventListener('click', () => { first = Math.max(0, first - PAGE); draw(); });
  by('later').addEventListener('click', () => { first += PAGE; draw(); });
  all('thead th', table).forEach((head, n) => {
    const button = make('button', head.textContent);
    button.type = 'button';
    button.addEventListener('click', () => {
      const down = order && order[0] == n && order[1] == 1;
      order = [n, down ? -1 : 1];
      all('thead th', table).forEach(h => h.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      filter();
    });
    head.textContent = '';
    head.append(button);
  });
  draw();
}

// The address: #cause-slug, #case-ray or the ray alone, #cases&q=words.
const go = () => {
  let hash = location.hash.slice(1);
  try { hash = decodeURIComponent(hash); } catch (_) { /* as it is */ }
  const cut = hash.indexOf('&q='), ray = hash.match(/^(?:case-)?([0-9a-f]{16})(?:-[a-z]{3})?$/i);
  const id = ray ? 'case-' + ray[1].toLowerCase() : cut < 0 ? hash : hash.slice(0, cut);
  const unlisted = by('unlisted');
  unlisted.hidden = true;
  if (!id) return;
  if (table && cut >= 0) { input.value = hash.slice(cut + 3); filter(); }
  if (table && id.startsWith('case-')) {
    const known = c => c.id == id;
    if (!shown.some(known)) { input.value = ''; filter(); }
    const at = shown.findIndex(known);
    if (at >= 0) { first = at - at % PAGE; draw(id); }
  }
  const lost = !by(id) && id.startsWith('case-'), target = lost ? unlisted : by(id);
  if (lost) {
    all('b, span', unlisted).forEach(e => { e.textContent = id.slice(5); });
    unlisted.hidden = false;
  }
  for (let e = target; e; e = e.parentElement) if (e.tagName == 'DETAILS') e.open = true;
  if (target) target.scrollIntoView();
};
addEventListener('hashchange', go);
go();

const copied = button => {
  button.textContent = 'copied';
  say('Copied');
  setTimeout(() => { button.textContent = 'copy'; }, 1200);
};
const copy = (button, text) => {
  const old = () => {
    const area = make('textarea');
    area.value = text;
    doc.body.append(area);
    area.select();
    doc.execCommand('copy');
    area.remove();
    copied(button);
  };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => copied(button), old); else old();
};
all('[data-copy]').forEach(source => {
  const button = make('button', 'copy');
  button.type = 'button';
  button.addEventListener('click', () => copy(button, source.textContent));
  source.after(button);
});
all('[data-filter]').forEach(link => link.addEventListener('click', () => {
  input.value = link.dataset.filter;
  filter();
  setTimeout(remember);
}));

const dark = () => {
  const system = matchMedia('(prefers-color-scheme:dark)').matches ? 'dark' : 'light';
  root.dataset.theme = (root.dataset.theme || system) == 'dark' ? 'light' : 'dark';
};
const cards = all('details.card');
const step = way => {
  const at = cards.findIndex(c => c.contains(doc.activeElement));
  const card = cards[Math.max(0, at < 0 ? 0 : at + way)];
  if (card) { card.firstElementChild.focus(); card.scrollIntoView({block: 'nearest'}); }
};
const keys = {
  j: () => step(1), k: () => step(-1), d: dark,
  e: () => { const open = cards.some(c => !c.open); cards.forEach(c => { c.open = open; }); },
  '/': () => { if (input) input.focus(); },
  '?': () => { doc.querySelector('footer').scrollIntoView(); say(doc.querySelector('footer').textContent); },
};
doc.addEventListener('keydown', event => {
  const field = /INPUT|TEXTAREA|SELECT/.test(event.target.tagName);
  if (field && event.key == 'Escape') event.target.blur();
  if (field || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});

soften(by('main'));

let before = [];
addEventListener('beforeprint', () => {
  before = all('details').map(d => [d, d.open]);
  before.forEach(([d]) => { d.open = !d.closest('tr') || d.open; });
});
addEventListener('afterprint', () => before.forEach(([d, open]) => { d.open = open; }));
})();
