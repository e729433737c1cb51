// A million names that there are not.
// outcome: ok or timeout
for (let i = 0; i < 1e6; i++) try { globalThis['x' + i]; eval('y' + (i % 100)) } catch (e) {}
