package jsvm

import "testing"

func TestTypedArrayFromText(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		`if (Uint8Array.from("a😀", (c) => c.codePointAt(0) & 255).join() !== "97,0") throw "text"`,
		`if (Float64Array.from("12").join() !== "1,2" || Uint8ClampedArray.from(5).length !== 0) throw "primitives"`,
		`if (Uint8Array.from([1, 2], function (x) { return x * this.n }, { n: 2 }).join() !== "2,4" || Uint8Array.from(new Set([3])).join() !== "3") throw "objects"`,
		`class Bytes extends Uint8Array {} if (!(Bytes.from("1") instanceof Bytes) || Uint8Array.from.name + Uint8Array.from.length !== "from1") throw "class"`,
		`try { Uint8Array.from(null); } catch (e) { if (!(e instanceof TypeError)) throw e; }`,
	} {
		if err := compileAndRun(t, t.Context(), source); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
}
