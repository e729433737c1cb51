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

// A part with data-live, such as the log of a run, is loaded again until the page that the
// server sends has none.
async function follow() {
  const live = document.querySelector('[data-live]');
  if (!live) return;
  let next;
  try {
    const response = await fetch(location.href, { headers: { Accept: 'text/html' } });
    if (!response.ok || response.redirected) { location.reload(); return; }
    next = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('#live');
  } catch {
    setTimeout(follow, 5000); // the server cannot be reached
    return;
  }
  const isOver = !next?.hasAttribute('data-live');
  if (next && next.outerHTML !== live.outerHTML && (isOver || !live.contains(document.activeElement))) {
    live.replaceWith(next);
    ready();
  }
  setTimeout(follow, 1000);
}
setTimeout(follow, 1000);
