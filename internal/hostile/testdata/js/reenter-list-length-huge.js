// A list of the length of four billion.
// outcome: limit
const l = new java.util.ArrayList(); l.length = 4294967295; try { l.add(1) } catch (e) {} try { l.indexOf(7) } catch (e) {} try { l.toArray() } catch (e) {} try { l.remove(0) } catch (e) {} String(l.subList(0, 2147483647).length)
