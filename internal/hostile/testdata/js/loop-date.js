// Dates, one after the other.
// outcome: timeout
for (let d = new Date(0);; d.setDate(d.getDate() + 1));
