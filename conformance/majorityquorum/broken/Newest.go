//go:build ignore

// The first answer with a value counts.
//
// expect: refused at Receive (state)

package majorityquorum

func Newest(a, b Cell) Cell {
	if a == (Cell{}) {
		return b
	}
	return a
}
