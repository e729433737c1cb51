// splice whose species gives the same array.
// outcome: timeout or limit
for (;;) { const x = Array.from({ length: 1e4 }, (_, i) => i); x.constructor = { [Symbol.species]: function () { return x } }; try { x.splice(0, 5e3, ...x) } catch (e) { if (e instanceof ReferenceError) throw e } try { x.map(y => (x.length = 3, y)) } catch (e) { if (e instanceof ReferenceError) throw e } }
