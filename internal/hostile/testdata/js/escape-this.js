// The global object has nothing of the machine.
// outcome: ok
for (const n of ['process', 'require', 'global', 'window', 'self', 'Deno', 'Bun', 'fetch', 'XMLHttpRequest', 'WebSocket', 'setTimeout', 'setInterval', 'importScripts', 'module', 'exports', '__dirname', 'load', 'read', 'print', 'quit', 'java.lang.System', 'Packages', 'os', 'std'])
  if (n !== 'exports' && n !== 'module' && !n.includes('.') && typeof globalThis[n] !== 'undefined') throw new Error('found ' + n)
