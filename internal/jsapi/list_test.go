package jsapi_test

import "testing"

func TestList(t *testing.T) {
	t.Parallel()
	pass(t, `const listOf = (...items) => { const l = new java.util.ArrayList(); items.forEach(i => l.add(i)); return l; };`, []jsTest{
		{"is a Java list", `
			const l = new java.util.ArrayList();
			expect(l.isEmpty()).toEqual(true);
			expect(l.add("a")).toEqual(true);
			l.add("c");
			expect(l.add(1, "b")).toEqual(undefined);
			expect(l.size()).toEqual(3);
			expect(l.get(1)).toEqual("b");
			expect(l.set(1, "B")).toEqual("b");
			expect(l.get(1)).toEqual("B");
			expect(l.isEmpty()).toEqual(false);`},
		{"addAll", `
			const l = listOf(1);
			expect(l.addAll(listOf(2, 3))).toEqual(true);
			expect(l.addAll([4])).toEqual(true);
			expect(l.addAll(0, listOf(-1, 0))).toEqual(true);
			expect(l.addAll(new java.util.ArrayList())).toEqual(false);
			expect(l).toEqual([-1, 0, 1, 2, 3, 4]);
			expect(l.addAll(l)).toEqual(true);
			expect(l.size()).toEqual(12);`},
		{"the other methods of java.util.List", `
			const l = listOf("a", "b", "a", "c");
			expect(l.contains("b")).toEqual(true);
			expect(l.contains("x")).toEqual(false);
			expect(l.indexOf("a")).toEqual(0);
			expect(l.lastIndexOf("a")).toEqual(2);
			expect(l.indexOf("x")).toEqual(-1);
			expect(l.subList(1, 3)).toEqual(["b", "a"]);
			expect(l.subList(1, 3).size()).toEqual(2);
			expect(l.remove(0)).toEqual("a");
			expect(l.remove("a")).toEqual(true);
			expect(l.remove("a")).toEqual(false);
			expect(l).toEqual(["b", "c"]);
			expect(l.equals(listOf("b", "c"))).toEqual(true);
			expect(l.equals(listOf("c", "b"))).toEqual(false);
			expect(l.toArray()).toEqual(["b", "c"]);
			const seen = [];
			for (const i = l.iterator(); i.hasNext();) seen.push(i.next());
			expect(seen).toEqual(["b", "c"]);
			l.clear();
			expect(l.size()).toEqual(0);`},
		{"compares dates and decimals by value", `
			const l = listOf(new java.math.BigDecimal("1.0"), new java.sql.Timestamp(5));
			expect(l.contains(new java.math.BigDecimal("1.0"))).toEqual(true);
			expect(l.indexOf(new java.sql.Timestamp(5))).toEqual(1);
			expect(l.contains(new java.sql.Timestamp(6))).toEqual(false);`},
		{"is a JavaScript array", `
			const l = listOf("a", "b");
			expect(Array.isArray(l)).toEqual(true);
			expect(l instanceof Array).toEqual(true);
			expect(l.length).toEqual(2);
			expect(l[1]).toEqual("b");
			expect(l[2]).toEqual(undefined);
			expect([...l]).toEqual(["a", "b"]);
			let text = "";
			for (const item of l) text += item;
			l.forEach((item, i) => { text += item + i; });
			expect(text).toEqual("aba0b1");
			expect(l.map(x => x + x)).toEqual(["aa", "bb"]);
			expect(l.filter(x => x === "b")).toEqual(["b"]);
			expect(l.slice(1)).toEqual(["b"]);
			expect(l.concat(["c"])).toEqual(["a", "b", "c"]);
			expect([].concat(l)).toEqual(["a", "b"]);
			expect(l.some(x => x === "b")).toEqual(true);
			expect(l.every(x => x === "b")).toEqual(false);
			expect(l.find(x => x === "b")).toEqual("b");
			expect(l.findIndex(x => x === "b")).toEqual(1);
			expect(l.includes("b")).toEqual(true);
			expect(l.reduce((sum, x) => sum + x, "")).toEqual("ab");
			expect(l.join("-")).toEqual("a-b");
			expect(l.flatMap(x => [x, x]).length).toEqual(4);
			expect(l.entries().next().value).toEqual([0, "a"]);
			const [first, ...rest] = l;
			expect(first).toEqual("a");
			expect(rest).toEqual(["b"]);
			expect(Array.from(l)).toEqual(["a", "b"]);
			expect(new Set(l).size).toEqual(2);
			expect(Math.max(...listOf(1, 3, 2))).toEqual(3);`},
		{"changes like a JavaScript array", `
			const l = listOf("b");
			l.push("a");
			l.unshift("c");
			expect(l.sort()).toEqual(["a", "b", "c"]);
			expect(l.reverse().get(0)).toEqual("c");
			expect(l.pop()).toEqual("a");
			expect(l.shift()).toEqual("c");
			l[1] = "x";
			expect(l.size()).toEqual(2);
			expect(l.splice(0, 1)).toEqual(["b"]);
			l.length = 0;
			expect(l.isEmpty()).toEqual(true);`},
		{"shows nothing but its elements", `
			const l = listOf("a", "b");
			expect(JSON.stringify(l)).toEqual('["a","b"]');
			expect(JSON.stringify({l})).toEqual('{"l":["a","b"]}');
			expect(Object.keys(l)).toEqual(["0", "1"]);
			expect(Object.entries(l)).toEqual([["0", "a"], ["1", "b"]]);
			expect({...l}).toEqual({0: "a", 1: "b"});
			const seen = [];
			for (const i in l) seen.push(i);
			expect(seen).toEqual(["0", "1"]);
			expect("size" in l).toEqual(true);
			expect("nothing" in l).toEqual(false);
			expect(l.hasOwnProperty("0")).toEqual(true);
			expect(l.hasOwnProperty("size")).toEqual(false);
			expect(l.nothing).toEqual(undefined);
			expect(l.nothing?.more).toEqual(undefined);`},
		{"writes itself as Java does", `
			const l = listOf("a", 1, true, null);
			expect(String(l)).toEqual("[a, 1, true, null]");
			expect(l.toString()).toEqual("[a, 1, true, null]");
			expect(l + "").toEqual("[a, 1, true, null]");
			expect(String(listOf())).toEqual("[]");
			expect(String(listOf(listOf(1), [2, 3]))).toEqual("[[1], 2,3]");
			const self = listOf("x");
			self.add(self);
			expect(String(self)).toEqual("[x, (this Collection)]");`},
		{"instanceof", `
			const l = listOf();
			expect(l instanceof java.util.ArrayList).toEqual(true);
			expect(l instanceof java.util.List).toEqual(true);
			expect([] instanceof java.util.ArrayList).toEqual(false);
			expect("" instanceof java.util.ArrayList).toEqual(false);
			expect(null instanceof java.util.ArrayList).toEqual(false);
			expect(l.map(x => x) instanceof java.util.ArrayList).toEqual(false);
			expect(l.subList(0, 0) instanceof java.util.ArrayList).toEqual(true);`},
		{"made of a collection, of a capacity, without new", `
			expect(new java.util.ArrayList(listOf(1, 2)).size()).toEqual(2);
			expect(new java.util.ArrayList([1, 2, 3]).get(2)).toEqual(3);
			expect(new java.util.ArrayList(10).size()).toEqual(0);
			expect(java.util.ArrayList().isEmpty()).toEqual(true);
			const {ArrayList} = java.util;
			expect(ArrayList().isEmpty()).toEqual(true);
			expect(new ArrayList().isEmpty()).toEqual(true);
			const given = [1];
			const copy = new java.util.ArrayList(given);
			copy.add(2);
			expect(given).toEqual([1]);`},
		{"a class that extends Array works with lists", `
			class Cells extends Array {
				static get [Symbol.species]() { return Array; }
				sum() { return this.reduce((sum, x) => sum + x, 0); }
			}
			const cells = new Cells();
			cells.push(...listOf(1, 2));
			cells.push(4);
			expect(cells.sum()).toEqual(7);
			expect(cells.map(x => x * 2)).toEqual([2, 4, 8]);
			expect(cells.slice(1) instanceof Cells).toEqual(false);
			const l = new java.util.ArrayList();
			l.addAll(cells);
			expect(l.size()).toEqual(3);
			const def = engine.createDataDefinition("f", 1, "q_f", "SELECT");
			engine.setData(def, cells);
			expect(engine.findData(def).get(2)).toEqual(4);`},
		{"as keys and members", `
			const l = listOf(1);
			const m = new Map([[l, "x"]]);
			expect(m.get(l)).toEqual("x");
			const w = new WeakMap();
			w.set(l, 1);
			expect(w.has(l)).toEqual(true);
			l.own = 5;
			expect(l.own).toEqual(5);
			l.size = () => 99;
			expect(l.size()).toEqual(99);
			expect(listOf(1).size()).toEqual(1);`},
		{"numbers that are text, and elements that are undefined", `
			const l = listOf("a", "b");
			expect(l.get("1")).toEqual("b");
			l.add(undefined);
			l.add(null);
			expect(l.size()).toEqual(4);
			expect(l.get(2)).toEqual(null);
			expect(l.get(2) === undefined).toEqual(false);
			expect(l.indexOf(null)).toEqual(2);`},
		{"ten thousand elements", `
			const l = new java.util.ArrayList();
			for (let i = 0; i < 10000; i++) l.add(i);
			let sum = 0;
			for (let i = 0; i < l.size(); i++) sum += l.get(i);
			expect(sum).toEqual(49995000);
			expect(l).toEqual([...l]);
			const def = engine.createDataDefinition("f", 1, "q_f", "SELECT");
			engine.setData(def, [...l]);
			expect(engine.findData(def).size()).toEqual(10000);`},
	})
}

func TestListErrors(t *testing.T) {
	t.Parallel()
	const out = "java.lang.IndexOutOfBoundsException: Index "
	pass(t, `const l = new java.util.ArrayList(["a"]);`, throwing([]jsError{
		{"l.get(1)", out + "1 out of bounds for length 1"},
		{"l.get(-1)", out + "-1 out of bounds for length 1"},
		{"new java.util.ArrayList().get(0)", out + "0 out of bounds for length 0"},
		{"l.set(1, 'x')", out + "1 out of bounds"},
		{"l.add(2, 'x')", "Index: 2, Size: 1"},
		{"l.addAll(2, [])", "Index: 2, Size: 1"},
		{"new java.util.ArrayList().add(3, 'x')", "Index: 3, Size: 0"},
		{"l.remove(1)", out + "1 out of bounds"},
		{"l.subList(0, 2)", out + "2 out of bounds"},
		{"l.subList(1, 0)", out + "1 out of bounds"},
		{"l.get()", "index"},
		{"l.get('x')", "index"},
		{"l.get({})", "index"},
		{"l.addAll('abc')", "needs a list, got text"},
		{"l.addAll(null)", "needs a list, got null"},
		{"new java.util.ArrayList({})", "needs a list"},
		{"const i = l.iterator(); i.next(); i.next()", "java.util.NoSuchElementException"},
		{"const {get} = l; get(0)", "called on something that is not a list"},
		{"const a = new java.util.ArrayList(), b = new java.util.ArrayList([a]); a.add(b); String(a)", "nested too deep"},
		{"let x = new java.util.ArrayList(['0123456789']); for (let i = 0; i < 60; i++) x = new java.util.ArrayList([x, x]); String(x)", "too long"},
		{"new java.util.ArrayList(new Array(2 ** 32 - 1))", "more than"},
		{"l.addAll(new Array(2 ** 32 - 1))", "more than"},
		{"engine.setData(engine.createDataDefinition('f', 1, 'q_f', 'SELECT'), new Array(2 ** 32 - 1))", "more than"},
		{"const h = new java.util.ArrayList(); h.length = 2 ** 32 - 1; h.contains('x')", "more than"},
		{"const h = new java.util.ArrayList(); h.length = 2 ** 32 - 1; String(h)", "more than"},
	}))
}
