// Markdown that is nested and long.
// outcome: ok or timeout or script_error or invalid_argument or limit
// first: dies or late
for (const x of ['[', '>', '*', '_', '`', '![', '<', '&', '- ', '#', '|', '~', '1. ', '\\']) for (let i = 0; i < 20; i++) try { markdown.toHtml(x.repeat(6e4)) } catch (e) { if (e instanceof ReferenceError) throw e }
