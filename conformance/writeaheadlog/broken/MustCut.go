//go:build ignore

// Recovery goes on behind what it cannot read, and leaves that in the file.
//
// expect: refused at Replay (guard), Sync (guard), Serve (guard), AppendEntry (guard), Close (guard), TruncateFrom (guard)

package writeaheadlog

func (c *Core) MustCut() bool { return false }
