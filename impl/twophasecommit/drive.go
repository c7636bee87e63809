package twophasecommit

// Receive takes a message and does whatever follows from it. It drops a message
// that means nothing, or nothing any more.
func (c *Coordinator) Receive(m Message) error {
	if !c.usable() {
		return c.not()
	}
	c.Heard(m.Stamp)
	n := m.Transaction.Number
	e := c.all[n]
	switch {
	case m.Type == TypeBegin:
		return c.begin(m)
	case e == nil:
		return c.forgotten(m)
	case m.Type == TypeAskCommit:
		c.drive(n).client = m.From
		c.touch(n, m)
		if e.Stage == begun {
			if err := c.StartPrepare(m); err != nil {
				return err
			}
		}
	case m.Type == TypeRollBack && c.MayAbort(n), m.Type == TypeVote && !m.Yes && c.MayAbort(n):
		c.touch(n, m)
		if err := c.Abort(n); err != nil {
			return err
		}
	case m.Type == TypeInquiry, m.Type == TypeRollBack && e.Stage == aborted:
		c.touch(n, m)
	default:
		c.Note(m)
	}
	return c.settle(n)
}

// touch notes that a client or a participant waits for the decision. If a transaction
// was aborted before its votes were asked for, only its client can say which
// participants it has touched.
func (c *Coordinator) touch(n uint64, m Message) {
	d := c.drive(n)
	d.told = false
	if len(m.Keys) > 0 && len(c.all[n].Keys) == 0 {
		d.touched = c.holders(m.Keys)
	}
}

// begin begins a transaction for a client that numbers its questions, so that
// one that comes twice begins one. After a crash it begins another; the first
// is aborted then.
func (c *Coordinator) begin(m Message) error {
	for n, d := range c.driven {
		if m.Operation > 0 && d.client == m.From && d.begin == m.Operation {
			c.send(Message{Type: TypeBegun, To: m.From, Transaction: c.all[n].Ref, Operation: m.Operation})
			return nil
		}
	}
	ref, err := c.Begin(m.From, m.Transaction.Age)
	if err == nil {
		c.driven[ref.Number].begin = m.Operation
		c.out[len(c.out)-1].Operation = m.Operation
	}
	return err
}

// Note keeps a vote or an acknowledgement for MayCommit and MayForget.
func (c *Coordinator) Note(m Message) {
	if c.all[m.Transaction.Number] == nil {
		return
	}
	d := c.drive(m.Transaction.Number)
	switch {
	case m.Type == TypeVote && m.Yes && d.asked:
		d.votes[m.From] = true
	case m.Type == TypeAck:
		if d.acks == nil {
			d.acks = map[string]bool{}
		}
		d.acks[m.From] = true
	}
}

// forgotten answers a message about a transaction that is complete.
func (c *Coordinator) forgotten(m Message) error {
	switch {
	case m.Transaction.Number > c.count:
		return nil // it was never begun
	case m.Type == TypeInquiry:
		return c.Answer(m)
	case m.Type == TypeAskCommit:
		c.send(Message{Type: TypeForgotten, To: m.From, Transaction: m.Transaction})
	}
	return nil
}

// settle decides and tells, as far as the rules allow.
func (c *Coordinator) settle(n uint64) error {
	for {
		e, d := c.all[n], c.drive(n)
		switch {
		case c.MayTell(n) && !d.told:
			if err := c.Tell(n); err != nil {
				return err
			}
		case e.Stage == preparing && d.asked && c.MayCommit(n):
			if err := c.Commit(n); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// Tick says that some time has passed: what takes too long is aborted, and what
// was not answered is sent again.
func (c *Coordinator) Tick() error {
	if !c.usable() {
		return c.not()
	}
	for _, n := range c.numbers() {
		if err := c.tick(n); err != nil {
			return err
		}
	}
	return c.close()
}

// close says how much is over, if that is more than it was. There is
// no acknowledgement: a participant that misses it receives the next one.
func (c *Coordinator) close() error {
	over := c.count
	if open := c.numbers(); len(open) > 0 && !c.MayClose(over) {
		over = open[0] - 1
	}
	if over <= c.closed {
		return nil
	}
	return c.Close(over)
}

func (c *Coordinator) tick(n uint64) error {
	d := c.driven[n]
	if d == nil {
		if !c.decided(n) {
			return nil // no vote was asked for since the start
		}
		d = c.drive(n)
	}
	d.ticks++
	switch {
	case d.ticks > c.config.Patience && c.MayAbort(n):
		if err := c.Abort(n); err != nil {
			return err
		}
		return c.settle(n)
	case !c.decided(n):
		if d.asked {
			c.askVotes(n)
		}
	case d.told && d.ticks > c.config.Retention && c.MayForget(n):
		return c.Complete(n)
	default:
		d.told = false
		return c.settle(n)
	}
	return nil
}
