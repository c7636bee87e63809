//go:build ignore

// What the server knows of requests ends with its process.
//
// expect: refused at Recover (state)

package requestpipeline

func (c *ServerCore) SurvivesRestart(Session) Session { return Session{} }
