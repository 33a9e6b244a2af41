// Colours, contents on narrow screens, and the search. Without this file pages can be read all the same.
'use strict';

(() => {
  const root = document.documentElement;
  const base = root.dataset.root;

  // Colours: what was chosen, else what the system has. A page from the disk may have no storage.
  const storage = {
    get() {
      try { return localStorage.getItem('beskid-theme'); } catch { return null; }
    },
    set(value) {
      try { localStorage.setItem('beskid-theme', value); } catch { /* it is forgotten */ }
    },
  };
  const show = (theme) => {
    if (theme === 'dark' || theme === 'light') root.dataset.theme = theme;
  };
  show(storage.get());
  root.classList.add('js');

  // The index is a script that calls this; it is fetched when somebody begins to search.
  let entries = null;
  const waiting = [];
  window.beskidSearch = (list) => {
    entries = list.map(([name, around, kind, href, summary]) => ({
      name, around, kind, href, summary,
      lower: name.toLowerCase(),
      full: (around + '.' + name).toLowerCase(),
    }));
    for (const then of waiting.splice(0)) then();
  };
  const withEntries = (then) => {
    if (entries) return then();
    waiting.push(then);
    if (waiting.length > 1) return;
    const script = document.createElement('script');
    script.src = base + 'search-index.js';
    document.head.append(script);
  };

  // Lower is better; nothing if the entry is no answer.
  const kinds = ['type', 'enum', 'contract', 'alias', 'module', 'function', 'constant', 'attribute',
    'method', 'variant', 'field', 'event'];
  const rank = (entry, query, last) => {
    const at = entry.lower.indexOf(last);
    let score;
    if (query.includes('.')) {
      const inside = entry.full.lastIndexOf(query);
      if (inside < 0) return null;
      score = (inside + query.length === entry.full.length ? 0 : 40) + (inside > 0 ? 1 : 0);
    } else if (entry.lower === last) score = 0;
    else if (at === 0) score = 20;
    else if (at > 0) score = /[A-Z_]/.test(entry.name[at]) ? 40 : 60;
    else if (isSubsequence(last, entry.lower)) score = 100;
    else return null;
    return score * 1000 + kinds.indexOf(entry.kind) * 40 + Math.min(entry.name.length, 39);
  };
  const isSubsequence = (small, large) => {
    let at = 0;
    for (const letter of large) if (letter === small[at]) at += 1;
    return at === small.length && small.length > 2;
  };
  const search = (text) => {
    const query = text.trim().toLowerCase().replaceAll('::', '.').replace(/\(\)?$/, '');
    if (query === '') return [];
    const last = query.split('.').pop();
    const found = [];
    for (const entry of entries) {
      const score = rank(entry, query, last);
      if (score !== null) found.push([score, entry]);
    }
    found.sort((a, b) => a[0] - b[0] || (a[1].full < b[1].full ? -1 : 1));
    return found.slice(0, 30).map(([, entry]) => entry);
  };

  document.addEventListener('DOMContentLoaded', () => {
    const $ = (id) => document.getElementById(id);
    const [input, results, theme, menu] = ['search', 'results', 'theme', 'menu'].map($);

    theme.hidden = false;
    theme.addEventListener('click', () => {
      const dark = root.dataset.theme
        ? root.dataset.theme === 'dark'
        : matchMedia('(prefers-color-scheme: dark)').matches;
      root.dataset.theme = dark ? 'light' : 'dark';
      storage.set(root.dataset.theme);
    });

    menu.addEventListener('click', () => {
      const open = root.classList.toggle('menu');
      menu.setAttribute('aria-expanded', String(open));
    });

    input.parentElement.hidden = false;
    let chosen = -1;
    const close = () => {
      results.hidden = true;
      results.replaceChildren();
      input.setAttribute('aria-expanded', 'false');
      input.removeAttribute('aria-activedescendant');
      chosen = -1;
    };
    const choose = (index) => {
      const all = results.querySelectorAll('a');
      if (all.length === 0) return;
      chosen = (index + all.length) % all.length;
      all.forEach((link, at) => link.setAttribute('aria-selected', String(at === chosen)));
      all[chosen].scrollIntoView({ block: 'nearest' });
      input.setAttribute('aria-activedescendant', all[chosen].id);
    };
    const element = (name, kind, text) => {
      const made = document.createElement(name);
      made.className = kind;
      made.textContent = text;
      return made;
    };
    const update = () => withEntries(() => {
      if (input.value.trim() === '') return close();
      const found = search(input.value);
      results.replaceChildren(...found.map((entry, index) => {
        const link = element('a', 'result', '');
        link.href = base + entry.href;
        link.id = 'result-' + index;
        link.tabIndex = -1;
        link.setAttribute('role', 'option');
        const name = element('span', 'name', '');
        if (entry.around) name.append(element('span', 'around', entry.around + '.'));
        name.append(element('b', '', entry.name));
        link.append(element('span', 'kind', entry.kind), name, element('span', 'summary', entry.summary));
        link.addEventListener('click', close);
        return link;
      }));
      if (found.length === 0) results.append(element('p', 'nothing', 'Nothing is called like that.'));
      results.hidden = false;
      input.setAttribute('aria-expanded', 'true');
      choose(0);
    });
    input.addEventListener('focus', () => withEntries(() => {}));
    input.addEventListener('input', update);
    input.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') choose(chosen + 1);
      else if (event.key === 'ArrowUp') choose(chosen - 1);
      else if (event.key === 'Enter') results.querySelectorAll('a')[chosen]?.click();
      else if (event.key === 'Escape') {
        close();
        input.blur();
      } else return;
      event.preventDefault();
    });
    document.addEventListener('click', (event) => {
      if (!input.parentElement.contains(event.target)) close();
    });
    document.addEventListener('keydown', (event) => {
      const typing = event.target.closest?.('input, textarea, select');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.focus();
      input.select();
    });

    // `?search=Map` searches, so that a search has an address.
    const asked = new URLSearchParams(location.search).get('search');
    if (asked) {
      input.value = asked;
      input.focus();
      update();
    }
  });
})();
