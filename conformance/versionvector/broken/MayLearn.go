//go:build ignore

// A replica learns that an incarnation has ended, and has something of it that a crash takes.
//
// expect: refused at Learn (guard)

package versionvector

func (c *Core) MayLearn() bool { return true }
