// Shared memory and Atomics do not exist.
// outcome: ok
if (typeof SharedArrayBuffer !== 'undefined' || typeof Atomics !== 'undefined') throw new Error('found')
