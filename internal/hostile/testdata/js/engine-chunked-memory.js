// Memory that is taken in pieces and given back, at the limit.
// outcome: timeout or limit
let all = []; for (;;) { for (let i = 0; i < 40; i++) all.push(new Uint8Array(1 << 20).fill(i)); all = [] }
