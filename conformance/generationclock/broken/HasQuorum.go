//go:build ignore

// A candidate leads by its own vote.
//
// expect: refused at Lead (guard)

package generationclock

func HasQuorum(voters, nodes int) bool { return voters > 0 }
