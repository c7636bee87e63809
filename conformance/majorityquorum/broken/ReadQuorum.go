//go:build ignore

// One less: in an even group half writes, and the other half reads.
//
// expect: refused at Read (state), Write (state)

package majorityquorum

func ReadQuorum(voters, writeQuorum int) int { return max(1, voters-writeQuorum) }
