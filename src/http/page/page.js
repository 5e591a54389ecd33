// Refreshes the page in place every 15 seconds and filters as one types. Without it the page works as a plain form.
'use strict';

const REFRESH_MS = 15_000;
let pending;

async function refresh(address) {
  pending?.abort();
  pending = new AbortController();
  const answer = await fetch(address, { signal: pending.signal, headers: { accept: 'text/html' } });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
  const main = document.querySelector('main');
  if (next === null || main === null) return;
  const field = document.getElementById('filter');
  const focused = document.activeElement;
  const scrolled = [...main.querySelectorAll('.scroll')].map((element) => element.scrollLeft);
  // The field that one types in stays the same element; everything else is replaced, at the same scroll place.
  const typing = field !== null && focused === field;
  const nextField = next.querySelector('#filter');
  if (typing && nextField !== null) nextField.replaceWith(field);
  const hash = focused instanceof HTMLAnchorElement ? focused.getAttribute('href') : null;
  const at = window.scrollY;
  main.replaceChildren(...next.childNodes);
  main.querySelectorAll('.scroll').forEach((element, index) => {
    element.scrollLeft = scrolled[index] ?? 0;
  });
  window.scrollTo(window.scrollX, at);
  if (typing) field.focus({ preventScroll: true });
  else if (hash !== null) main.querySelector(`a[href="${CSS.escape(hash)}"]`)?.focus({ preventScroll: true });
}

const quietly = (promise) =>
  promise.catch((error) => {
    // A missed refresh is tried again at the next; an aborted one was replaced.
    if (error.name !== 'AbortError') document.documentElement.dataset.stale = 'true';
  });

setInterval(() => {
  if (!document.hidden) quietly(refresh(location.href));
}, REFRESH_MS);

let typed;
document.addEventListener('input', (event) => {
  if (event.target.id !== 'filter') return;
  clearTimeout(typed);
  typed = setTimeout(() => {
    const address = new URL(location.href);
    address.searchParams.delete('page');
    if (event.target.value === '') address.searchParams.delete('filter');
    else address.searchParams.set('filter', event.target.value);
    history.replaceState(null, '', address);
    quietly(refresh(address.href));
  }, 150);
});
