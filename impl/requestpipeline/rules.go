package requestpipeline

// The client's rules. Each is one reason why this works.

// HasRoom says whether one more request may be in flight: the server keeps as many answers.
func (c *Core) HasRoom() bool { return len(c.window) < c.max }

// NextInQueue is which of the callers that wait is served: the one that has come first.
func (c *Core) NextInQueue() int { return 0 }

// MaySend says whether a new request may leave: when all that is unanswered has left.
func (c *Core) MaySend() bool { return c.todo == 0 }

// MustResend is how many of the requests in flight a new connection has to carry: all,
// whatever the last one has carried.
func (c *Core) MustResend() int { return len(c.window) }

// Cancelled is what stays in flight of a request that its caller has cancelled: all of it,
// because its answer comes all the same, in its turn.
func (c *Core) Cancelled(call *Call) []*Call { return []*Call{call} }

// Matches says whether an answer is that of the head: by its place and by its number.
func (c *Core) Matches(number uint64) bool {
	return c.todo < len(c.window) && c.window[0].number == number
}

// IsCurrent says whether answers from a connection count. An earlier one may still bring
// some, to requests with the same numbers.
func (c *Core) IsCurrent(conn Connection) bool { return c.status == isOpen && conn == c.Current() }

// MayHaveRun says whether a request may have been processed: if it was ever sent, on
// whatever connection.
func (c *Core) MayHaveRun(call *Call) bool { return c.inFlight(call) >= 0 }

// MustFail says whether a caller is told that the client has closed: all are.
func (c *Core) MustFail(*Call) bool { return true }

// IsNewProcess says whether a process may have a number: one that no earlier one has had.
func (c *Core) IsNewProcess(process uint64) bool { return process > c.process }

// The server's rules.

// MayServe says whether requests from a connection count: not if there is a newer one.
func (c *ServerCore) MayServe(conn Connection) bool { return !conn.isOlder(c.Newest) }

// IsNext says whether no request is left out before this one.
func (c *ServerCore) IsNext(conn Connection, number uint64) bool {
	return number <= c.lastOf(conn)+1
}

// IsRepeated says whether a request was processed before.
func (c *ServerCore) IsRepeated(conn Connection, number uint64) bool {
	return number <= c.lastOf(conn)
}

// MayForget says whether an answer will not be asked for again. A request that comes so
// much later was in flight only because the client had it.
func (c *ServerCore) MayForget(number, newer uint64) bool { return number+uint64(c.max) <= newer }

// SurvivesRestart is what the next process of the server knows of a client: all that this
// one knows, since the effects of requests survive, too.
func (c *ServerCore) SurvivesRestart(s Session) Session { return s }
