//go:build ignore

// A leader adopts the newer number and goes on leading with it.
//
// expect: refused at Adopt (state)

package generationclock

func (c *Core) RoleAfterAdopting() Role { return c.role }
