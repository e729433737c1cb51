// Arrays whose length grows and shrinks around an element that stays.
// outcome: timeout
for (;;) { const x = []; Object.defineProperty(x, 1000, { value: 1 }); x.length = 4294967295; try { 'use strict'; x.length = 0 } catch (e) {} if (x.length !== 1001) throw new Error('length ' + x.length) }
