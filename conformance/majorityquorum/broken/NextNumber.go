//go:build ignore

// The client forgets what it has chosen itself.
//
// expect: refused at Choose (state)

package majorityquorum

func NextNumber(seen, last uint64) uint64 { return seen + 1 }
