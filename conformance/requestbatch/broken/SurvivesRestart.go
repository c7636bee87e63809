//go:build ignore

// The server keeps the answers in memory only.
//
// expect: refused at Restart (state)

package requestbatch

func (c *ServerCore) SurvivesRestart(s Session) Session { return Session{} }
