package requestbatch

// The client's rules. Each is one reason why this works.

// HasRoom says whether one more request may wait.
func (c *Core) HasRoom() bool { return len(c.queue) < c.limits.MaxQueue }

// IsFull says whether the requests that wait are enough for a batch.
func (c *Core) IsFull() bool { return total(c.queue, len(c.queue)) >= c.limits.MaxSize }

// IsOld says whether the oldest request has waited for the linger.
func (c *Core) IsOld() bool { return c.now-c.queue[0].since >= c.limits.Linger }

// MustFlush says whether requests wait no longer for others: none come after Close.
func (c *Core) MustFlush() bool { return c.closed }

// Fits says whether the first n requests are together no larger than a batch may be.
func (c *Core) Fits(n int) bool { return total(c.queue, n) <= c.limits.MaxSize }

// IsAlone says whether a batch of n requests may be too large: if it has only one.
func (c *Core) IsAlone(n int) bool { return n == 1 }

// MayCut says whether the next batch may be cut: when the last one has ended, since it
// might overtake that.
func (c *Core) MayCut() bool { return len(c.flight) == 0 }

// Attempt is what of the requests that wait and are in flight a batch carries, however
// often it is sent: the latter only.
func (c *Core) Attempt() []*Call { return c.flight }

// StaysInFlight divides the requests of a batch that has failed into those that stay in
// front, and those that wait for another batch: all stay.
func (c *Core) StaysInFlight() (stay, wait []*Call) { return c.flight, nil }

// IsOurs says whether a reply is the one to the batch in flight.
func (c *Core) IsOurs(reply Message) bool { return len(c.flight) > 0 && reply.Number == c.number }

// IsAnswerTo says whether the answer at place i of a reply is for the request at place k of
// the batch. The numbers say so, not the places.
func (c *Core) IsAnswerTo(reply Message, i, k int) bool { return reply.Items[i].ID == c.flight[k].id }

// GivenUpOutcome is what the callers of a batch are told that was given up: it may have
// been executed.
func GivenUpOutcome() Outcome { return Unknown }

// The server's rules.

// MayTake says whether the requests of a batch may be executed: not after those of a newer
// one, with which the client has begun only because it had given this one up.
func (c *ServerCore) MayTake(batch Message) bool { return batch.Number >= c.Newest }

// IsNew says whether a batch has not come before.
func (c *ServerCore) IsNew(batch Message) bool { return batch.Number > c.Newest }

// IsDone says whether all requests of the batch were executed, whether they failed or not.
func (c *ServerCore) IsDone() bool { return len(c.Answers) == len(c.work) }

// SurvivesRestart is what the next process of the server knows: all that this one knows,
// since what the requests have done survives, too.
func (c *ServerCore) SurvivesRestart(s Session) Session { return s }
