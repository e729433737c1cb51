// then of all promises is replaced.
// outcome: ok
Promise.prototype.then = function () { for (;;); }; Promise.resolve = 1; Object.prototype.then = function (r) { r(1) }
