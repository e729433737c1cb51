// What makes the pages more comfortable. Everything works without it.

// Copy buttons.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-copy]');
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const text = button.textContent;
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = text; }, 2000);
});

function ready() {
  const canCopy = Boolean(navigator.clipboard); // over TLS or on this machine
  for (const button of document.querySelectorAll('button[data-copy]')) button.hidden = !canCopy;
}
ready();

// A part with data-live, such as a run with its log, is loaded again when the events at that path say that there is
// more, and from time to time, until the page that the server sends has none.
let events, timer, due = 0, loading = false, wanted = false;

function follow(delay) {
  const at = Date.now() + delay;
  if (loading) { wanted = true; return; }
  if (timer && due <= at) return;
  clearTimeout(timer);
  due = at;
  timer = setTimeout(load, delay);
}

// placeIn says which of the elements alike in a part has the focus; find returns it in the part that replaces that one.
function placeIn(part, element) {
  if (!part.contains(element)) return undefined;
  const alike = element.hasAttribute('href') ? `[href="${CSS.escape(element.getAttribute('href'))}"]` : element.localName;
  return { alike, index: [...part.querySelectorAll(alike)].indexOf(element) };
}

function find(part, { alike, index }) { return part.querySelectorAll(alike)[index]; }

async function load() {
  timer = undefined;
  const live = document.querySelector('[data-live]');
  if (!live) { events?.close(); return; }
  loading = true;
  let wait = events?.readyState === EventSource.OPEN ? 5000 : 1000; // a run begins without an event
  try {
    const response = await fetch(location.href, { headers: { Accept: 'text/html' } });
    if (!response.ok || response.redirected) { location.reload(); return; }
    const next = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('#live');
    const isOver = !next?.hasAttribute('data-live');
    if (next && next.outerHTML !== live.outerHTML && (isOver || !live.contains(document.activeElement))) {
      const place = placeIn(live, document.activeElement);
      live.replaceWith(next);
      ready();
      if (place) (find(next, place) ?? next).focus();
    }
  } catch {
    wait = 5000; // the server cannot be reached
  }
  loading = false;
  follow(wanted ? 200 : wait);
  wanted = false;
}

const live = document.querySelector('[data-live]');
if (live) {
  if (window.EventSource) {
    events = new EventSource(live.dataset.live);
    events.addEventListener('log', () => follow(200)); // several lines at once
    events.addEventListener('end', () => { events.close(); follow(0); });
  }
  follow(1000);
}
