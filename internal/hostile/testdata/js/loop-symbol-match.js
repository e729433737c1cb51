// Symbol.match of what is searched never returns.
// outcome: timeout
'a'.match({ [Symbol.match]() { for (;;); } })
