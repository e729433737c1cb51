// A loop in the head of another.
// outcome: timeout
for (let i = 0, j = (() => { for (;;); })(); ; );
