//go:build ignore

// The milliseconds may come from the message, and the counter is the node's own in any case.
//
// expect: refused at Receive (state)

package hybridclock

func NextStamp(own, heard Stamp) Stamp {
	if heard.Wall() > own.Wall() {
		return Pack(heard.Wall(), own.Counter())
	}
	return own + 1
}
