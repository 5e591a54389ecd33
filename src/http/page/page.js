// Refreshes the page in place every 15 seconds and filters as one types. Without it the page works as a plain form.
'use strict';

const REFRESH_MS = 15_000;
let pending;

async function refresh(address) {
  pending?.abort();
  pending = new AbortController();
  const answer = await fetch(address, { signal: pending.signal, headers: { accept: 'text/html' } });
  if (!answer.ok && answer.status !== 404) throw new Error(`answered ${answer.status}`);
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const main = document.querySelector('main');
  const nextMain = next.querySelector('main');
  if (nextMain === null) throw new Error('answered something else');
  const focused = document.activeElement;
  const field = document.getElementById('filter');
  // The field that one types in stays the same element, and what was unfolded stays so.
  const typing = field !== null && focused === field;
  if (typing) nextMain.querySelector('#filter')?.replaceWith(field);
  for (const { id } of main.querySelectorAll('details[open][id]'))
    nextMain.querySelector(`#${CSS.escape(id)}`)?.setAttribute('open', '');
  const link = main.contains(focused) && focused.matches('a, summary') ? sameAs(focused) : undefined;
  const { scrollX, scrollY } = window;
  main.replaceChildren(...nextMain.childNodes);
  for (const live of document.querySelectorAll('[data-live]'))
    live.replaceChildren(...(next.querySelector(`[data-live="${live.dataset.live}"]`)?.childNodes ?? []));
  window.scrollTo(scrollX, scrollY);
  if (typing) field.focus({ preventScroll: true });
  else if (link !== undefined) main.querySelector(link)?.focus({ preventScroll: true });
}

const sameAs = (element) =>
  element.matches('summary')
    ? `#${CSS.escape(element.parentElement.id)} > summary`
    : `a[href="${CSS.escape(element.getAttribute('href'))}"]`;

const stale = document.getElementById('stale');
let shownSince = new Date();
async function refreshNow(address) {
  try {
    await refresh(address);
    shownSince = new Date();
    if (stale.textContent !== '') stale.textContent = '';
  } catch (error) {
    // One that was aborted was replaced; a missed one is tried again.
    if (error.name !== 'AbortError')
      stale.textContent = `The exporter does not answer; this is what it said at ${shownSince.toLocaleTimeString()}.`;
  }
}

/** A command that is being copied must not vanish under the hand. */
const isSelecting = () => {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && document.querySelector('main').contains(selection.anchorNode);
};

setInterval(() => {
  if (!document.hidden && !isSelecting()) void refreshNow(location.href);
}, REFRESH_MS);

let typed;
document.addEventListener('input', (event) => {
  if (event.target.id !== 'filter') return;
  clearTimeout(typed);
  typed = setTimeout(() => {
    const address = new URL(location.href);
    address.hash = '';
    address.searchParams.delete('page');
    if (event.target.value === '') address.searchParams.delete('filter');
    else address.searchParams.set('filter', event.target.value);
    history.replaceState(null, '', address);
    void refreshNow(address.href);
  }, 150);
});
