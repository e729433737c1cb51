// captureStackTrace of objects of the host.
// outcome: ok
if (Error.captureStackTrace) for (const o of [engine, Object.prototype]) try { Error.captureStackTrace(o) } catch (x) {}
