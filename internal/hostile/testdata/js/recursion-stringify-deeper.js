// stringify of objects nested until the stack is full.
// outcome: timeout
// first: dies or late
let o = []; for (;;) { for (let i = 0; i < 3e6; i++) o = [o]; JSON.stringify(o) }
