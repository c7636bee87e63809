//go:build ignore

// The numbers are compared, and the writers' names are not.
//
// expect: refused at Store (guard), Acknowledge (guard), Receive (state)

package majorityquorum

func IsNewer(a, b Version) bool { return a.Number > b.Number }
