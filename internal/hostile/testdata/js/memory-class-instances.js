// Classes made for ever.
// outcome: limit or timeout or script_error
// first: dies or late
const all = []; for (;;) all.push(class { a() {} b() {} static c = 1 })
