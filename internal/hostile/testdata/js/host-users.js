// Looking users up for ever.
// outcome: timeout
// first: late
for (;;) try { quserDao.findById(1) } catch (e) { if (e instanceof ReferenceError) throw e }
