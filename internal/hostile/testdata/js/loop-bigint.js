// A number that grows slowly.
// outcome: timeout
for (let i = 0n;; i++);
