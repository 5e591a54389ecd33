// Refreshes the page in place every 15 seconds, says when the exporter no longer answers, filters as one types, and
// copies commands. Without it the page works as a plain form.
'use strict';

const REFRESH_MS = 15_000;
/** A refresh without an answer by then has failed. Shorter than REFRESH_MS, so that none aborts the one before it. */
const DEADLINE_MS = 10_000;
/** So many failed refreshes in a row make the page say that it is out of date. */
const MISSED_MAX = 2;
const SILENT_MS = MISSED_MAX * REFRESH_MS + DEADLINE_MS;

document.documentElement.classList.add('scripted');

const byId = (id) => document.getElementById(id);
const icon = document.querySelector('link[rel="icon"]');
const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const minuteTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const exactTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const clock = (moment) => {
  const sameDay = new Date(moment).toDateString() === new Date().toDateString();
  return (sameDay ? clockTime : exactTime).format(moment);
};

/** When the exporter last answered, and how many refreshes have failed since then */
let heardAt = Date.now();
let missed = 0;
/** An answer that is not shown yet because text is selected */
let held;
let pending;

/** Fetches and shows `address`. A call replaces one that is still waiting. */
async function refresh(address) {
  pending?.abort();
  const own = (pending = new AbortController());
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    own.abort();
  }, DEADLINE_MS);
  try {
    const answer = await fetch(address, { signal: own.signal, headers: { accept: 'text/html' } });
    if (!answer.ok && answer.status !== 404) throw new Error(`answered ${answer.status}`);
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (next.querySelector('main') === null) throw new Error('answered something else');
    if (own !== pending) return;
    heard(next);
  } catch {
    if (late || own === pending) miss();
    else if (Date.now() - heardAt > SILENT_MS) silent();
  } finally {
    clearTimeout(deadline);
    if (own === pending) pending = undefined;
  }
}

function heard(next) {
  heardAt = Date.now();
  missed = 0;
  if (isSelecting() && !document.body.classList.contains('silent')) {
    held = next;
    byId('held').hidden = false;
    byId('held-verdict').textContent = next.querySelector('h1')?.textContent ?? '';
  } else show(next);
  document.title = next.title;
  icon.href = next.querySelector('link[rel="icon"]').getAttribute('href');
}

function show(next) {
  held = undefined;
  byId('held').hidden = true;
  byId('stale').textContent = '';
  document.body.classList.remove('silent');
  const main = document.querySelector('main');
  const nextMain = next.querySelector('main');
  const focused = document.activeElement;
  // The form that one is in stays the same element, and what was unfolded stays so.
  const field = focused?.form?.matches('.filter') ? focused : undefined;
  if (field !== undefined) nextMain.querySelector('form.filter')?.replaceWith(field.form);
  for (const { id } of main.querySelectorAll('details[open][id]'))
    nextMain.querySelector(`#${CSS.escape(id)}`)?.setAttribute('open', '');
  const link = main.contains(focused) && focused.matches('a, summary, .reading') ? sameAs(focused) : undefined;
  const position = focused?.matches('.reading') ? focused.value : undefined;
  const { scrollX, scrollY } = window;
  main.replaceChildren(...nextMain.childNodes);
  for (const live of document.querySelectorAll('[data-live]'))
    live.replaceChildren(...(next.querySelector(`[data-live="${live.dataset.live}"]`)?.childNodes ?? []));
  localTimes();
  window.scrollTo(scrollX, scrollY);
  if (field !== undefined) field.focus({ preventScroll: true });
  else if (link !== undefined) {
    const same = main.querySelector(link);
    if (same !== null && position !== undefined) same.value = position;
    same?.focus({ preventScroll: true });
  }
}

const sameAs = (element) =>
  element.matches('.reading')
    ? `#${CSS.escape(element.id)}`
    : element.matches('summary')
      ? `#${CSS.escape(element.parentElement.id)} > summary`
      : `a[href="${CSS.escape(element.getAttribute('href'))}"]`;

function miss() {
  missed += 1;
  if (missed >= MISSED_MAX || Date.now() - heardAt > SILENT_MS) silent();
  else byId('stale').textContent = `The exporter did not answer at ${clock(Date.now())}. Trying again.`;
}

/** Nothing on the page is current any more: verdict, title and icon say so. */
function silent() {
  const since = clock(heardAt);
  byId('stale').textContent = `Nothing heard from the exporter since ${since}. Everything below is from then.`;
  if (document.body.classList.contains('silent')) return;
  document.body.classList.add('silent');
  document.title = `? No answer - ${document.body.dataset.host}`;
  icon.href = icon.dataset.silent;
  const verdict = document.querySelector('.hero h1 span');
  if (verdict === null) return;
  const former = document.createElement('small');
  former.textContent = `At ${since} it was: ${verdict.textContent}`;
  verdict.replaceChildren('The present state is not known.', former);
}

/** Text that is being copied must not vanish under the hand. */
function isSelecting() {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && document.querySelector('main').contains(selection.anchorNode);
}
document.addEventListener('selectionchange', () => {
  if (held !== undefined && !isSelecting()) show(held);
});

/** The largest two units, as the server writes an age. */
function age(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 60) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min`;
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Times in the reader's time zone. How old the data was when it came is the exporter's word: its clock may differ. */
function localTimes() {
  for (const time of document.querySelectorAll('time[datetime]')) {
    time.title = exactTime.format(new Date(time.dateTime));
    if (time.classList.contains('exact')) time.textContent = time.title;
    if (time.classList.contains('minute')) time.textContent = minuteTime.format(new Date(time.dateTime));
    if (time.classList.contains('clock')) time.textContent = clock(Date.parse(time.dateTime));
  }
  countAge();
}

/** The reading whose age is counted: its time, and the moment of this clock that it counts from */
let reading = { time: '', from: 0 };
function countAge() {
  const read = document.querySelector('.age time');
  if (read === null) return;
  // A page may have been made seconds before it came: of one reading, the larger age is the true one.
  const from = Date.now() - Number(read.dataset.age);
  if (read.dateTime !== reading.time || from < reading.from) reading = { time: read.dateTime, from };
  read.textContent = age(Date.now() - reading.from);
}

localTimes();
setInterval(countAge, 1000);
setInterval(() => void refresh(location.href), REFRESH_MS);

/** Shows the table as the form asks for it. The address holds it, so that it can be kept and sent. */
function apply(form) {
  const address = new URL(location.href);
  address.hash = '';
  address.searchParams.delete('page');
  for (const [key, value] of new FormData(form)) {
    if (value === '') address.searchParams.delete(key);
    else address.searchParams.set(key, value);
  }
  history.replaceState(null, '', address);
  void refresh(address.href);
}
let typed;
document.addEventListener('input', ({ target }) => {
  if (target.matches('.reading')) readAt(target);
  if (target.form?.matches('.filter') !== true) return;
  clearTimeout(typed);
  typed = setTimeout(() => apply(target.form), 150);
});

/** Shows the values of a chart at the moment that its slider is at: a line in the picture, and the values below it. */
function readAt(slider) {
  const index = Number(slider.value);
  const count = Number(slider.max) + 1;
  const figure = slider.closest('.chart');
  const columns = slider.dataset.values.split('\n').map((line) => {
    const [name, ...changes] = line.split('\t');
    const last = changes.findLast((change) => Number.parseInt(change, 10) <= index) ?? '';
    return { name, value: last.slice(last.indexOf(' ') + 1) || 'not known' };
  });
  const values = columns.map(({ name, value }) => (columns.length === 1 ? value : `${name} ${value}`)).join(', ');
  const text = `${minuteTime.format(Number(slider.dataset.from) + index * Number(slider.dataset.step))}: ${values}`;
  slider.setAttribute('aria-valuetext', text);
  figure.querySelector('.at').textContent = text;
  figure.querySelector('.cursor').setAttribute('d', `M${((index + 0.5) / count) * 600} 0V100`);
}
function unread(slider) {
  const figure = slider.closest('.chart');
  figure.querySelector('.at').textContent = '';
  figure.querySelector('.cursor').removeAttribute('d');
}
document.addEventListener('pointermove', ({ target, clientX }) => {
  if (!target.matches('.reading')) return;
  const { left, width } = target.getBoundingClientRect();
  target.value = String(Math.floor(((clientX - left) / width) * (Number(target.max) + 1)));
  readAt(target);
});
document.addEventListener('pointerout', ({ target }) => {
  if (target.matches('.reading') && target !== document.activeElement) unread(target);
});
document.addEventListener('focusin', ({ target }) => {
  if (target.matches('.reading')) readAt(target);
});
document.addEventListener('focusout', ({ target }) => {
  if (target.matches('.reading')) unread(target);
});

/** The clipboard is there on HTTPS and localhost only; elsewhere the browser copies what is selected. */
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    const selection = getSelection();
    selection.selectAllChildren(element);
    const done = document.execCommand('copy');
    if (done) selection.removeAllRanges();
    return done;
  }
}
async function copyBeside(button) {
  const done = await copy(button.previousElementSibling);
  button.textContent = done ? 'Copied' : 'Press Ctrl+C';
  setTimeout(() => (button.textContent = 'Copy'), 2000);
}
document.addEventListener('click', ({ target }) => {
  if (target.id === 'show-held') getSelection().removeAllRanges();
  if (target.matches('button.copy')) void copyBeside(target);
});
