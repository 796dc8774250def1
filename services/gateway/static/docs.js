// The reference's own script: its search, and the console once it is asked for. Pages are whole without it.
'use strict';

const fold = text => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase().replace(/_/g, ' ');
const lang = new URLSearchParams(location.search).get('lang');
const MOST = 40;

/** Returns an address of the reference that keeps the language chosen. */
function address(page, anchor) {
  return `${page}${lang ? `?lang=${lang}` : ''}#${anchor}`;
}

/** Returns the index as entries: where each leads, what it shows, and the text that is searched. */
function entries(index) {
  const vietnamese = document.documentElement.lang === 'vi';
  const operations = index.operations.map(([page, id, method, path, summary, summaryVi]) => ({
    to: address(index.pages[page], id), name: (vietnamese && summaryVi) || summary, more: `${method} ${path}`,
    text: fold(`${summary} ${summaryVi} ${id} ${method} ${path}`),
  }));
  const fields = index.fields.flatMap(([name, label, places]) => places.map((place, at) => {
    const [page, anchor] = index.places[place];
    return { to: address(index.pages[page], anchor), name, more: `${label ? `${label} · ` : ''}${anchor}`, text: fold(`${name} ${label} ${anchor}`), at };
  }));
  return [...operations, ...fields];
}

/** Returns the entries that have every word; a word that begins a name counts before one within it. */
function found(all, asked) {
  const words = fold(asked).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const rank = entry => (fold(entry.name) === words.join(' ') ? 0 : fold(entry.name).startsWith(words[0]) ? 1 : 2) + (entry.at || 0) / 10;
  return all.filter(entry => words.every(word => entry.text.includes(word))).sort((a, b) => rank(a) - rank(b));
}

function searching(form) {
  const [input, status, list] = [form.querySelector('input'), form.querySelector('[role=status]'), form.querySelector('ul')];
  let all = null;
  const index = () => (all ??= fetch(form.dataset.search).then(answer => answer.json()).then(entries));
  const show = async () => {
    const asked = input.value;
    const hits = asked.trim().length < 2 ? [] : found(await index(), asked);
    if (asked !== input.value) return;
    list.replaceChildren(...hits.slice(0, MOST).map(hit => {
      const [item, link, more] = ['li', 'a', 'small'].map(tag => document.createElement(tag));
      link.href = hit.to;
      more.textContent = hit.more;
      link.append(hit.name, ' ', more);
      item.append(link);
      return item;
    }));
    status.textContent = asked.trim().length < 2 ? '' : hits.length ? `${hits.length} ${status.dataset.some}` : status.dataset.none;
  };
  form.hidden = false;
  input.addEventListener('focus', index, { once: true });
  input.addEventListener('input', show);
  form.addEventListener('submit', event => {
    event.preventDefault();
    list.querySelector('a')?.focus();
  });
  // On the page that a result is on, the list makes way for it.
  list.addEventListener('click', () => setTimeout(() => { input.value = ''; show(); }));
}

document.querySelectorAll('form[data-search]').forEach(searching);
document.querySelectorAll('button.try').forEach(button => {
  button.hidden = false;
  button.addEventListener('click', async () => (await import(button.dataset.console)).open(button));
});
